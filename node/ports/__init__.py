"""Ports: who produces does not know who listens, and who listens does not import who produces."""
