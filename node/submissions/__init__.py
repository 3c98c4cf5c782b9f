"""서류: what families hand in and the school decides on, from the draft to the permission and its report."""
