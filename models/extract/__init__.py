"""Text and pictures out of files: one module a format. Hostile files are told apart by `sniff`, within
bounds, and opened by `sandbox` only."""
