"""Consultation weeks: teachers give their times, families take them, siblings' times are planned together."""
