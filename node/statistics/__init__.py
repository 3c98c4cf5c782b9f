"""What the school tells its province of its papers, if it wishes so: counts by kind and state, never a person."""
