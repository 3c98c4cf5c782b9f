"""The province: vertical slices, one for each thing the province does."""
