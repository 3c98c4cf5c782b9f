"""Backups: copied while the server writes on, packed, read back, and unpacked again.

model       what an archive says of itself, and what can go wrong
snapshot    SQLite copied as it was at one moment
packing     an archive made, verified, unpacked
"""
