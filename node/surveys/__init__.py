"""Surveys: anonymous ones, named ones and polls."""
