"""Rooms and talks as the portal shows them to whoever is signed in to it."""
