"""Whom to call for what at the school: telephone numbers with hours, seen by those whom they are for."""
