"""Specifications of models."""
