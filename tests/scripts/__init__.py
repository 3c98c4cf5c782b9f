"""Specifications of the scripts."""
