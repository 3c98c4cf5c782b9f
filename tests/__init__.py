"""Specifications of Madang, by room."""
