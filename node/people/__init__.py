"""School years, classes, staff, students, guardians, and the rule of who may see what."""
