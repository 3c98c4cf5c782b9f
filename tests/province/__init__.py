"""Specifications on several real processes: a hub, two schools, browsers."""
