"""Text and pictures out of files: one module a format; hostile files meet `sandbox` only."""
