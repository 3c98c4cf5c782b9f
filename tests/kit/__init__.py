"""Specifications of kit."""
