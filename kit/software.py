"""Which program this is."""

from importlib.metadata import version

VERSION = version("madang")
"""The version that is installed, read once: it is looked for on the disk."""
