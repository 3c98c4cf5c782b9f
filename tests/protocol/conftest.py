"""Property tests judge what is right, never how long it took: no deadline on a busy machine."""

from hypothesis import settings

settings.register_profile("madang", deadline=None)
settings.load_profile("madang")
