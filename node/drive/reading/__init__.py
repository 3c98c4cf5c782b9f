"""What stands in the files: their texts and pages, and the contents that are kept."""
