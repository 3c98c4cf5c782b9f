"""The hub's end of the one conversation with each school's node."""
