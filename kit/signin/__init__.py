"""Passwords, second factors, passkeys and sessions, for the people of a node and of a hub alike."""
