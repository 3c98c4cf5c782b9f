"""Folders and files: where they lie, who may what with them, what was thrown away."""
