"""Photos of a class, by album: seen by its families and the staff, no child without consent to be seen."""
