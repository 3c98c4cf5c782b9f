"""How a release comes: signatures, the hub's line, the neighbours, chunk after chunk."""
