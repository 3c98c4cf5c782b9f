"""Releases: what the schools' assistants are given, signed, cut into chunks, offered ring by ring."""
