"""The provincial handbook: documents that officers keep, built into an index for the schools."""
