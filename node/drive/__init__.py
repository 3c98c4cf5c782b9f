"""Files of the staff: personal, department and school areas, shared by keys, found by search."""
