"""Whom a letter has reached: the reach ledger, and reminders of those who are missing."""
