"""The officers' front page, made of the cards that slices offer, and the hub's own affairs."""
