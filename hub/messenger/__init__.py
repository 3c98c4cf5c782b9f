"""Which schools' messengers may speak with each other, and where each is reached."""
