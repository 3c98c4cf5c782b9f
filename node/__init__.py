"""One school: vertical slices, one for each thing a school does."""
