"""Who gets what of papers."""

ROUTES = ()
