"""Consent forms on a newsletter: fields, answers one per child, signed records."""
