"""Telling people that something concerns them: a line in the portal, mail, and the hours for it."""
