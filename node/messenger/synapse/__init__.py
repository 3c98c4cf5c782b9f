"""Synapse as the node runs it, and the node's hand in it. Stands on the slice's words and rows alone."""
