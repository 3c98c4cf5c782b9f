"""Specifications of the node."""
