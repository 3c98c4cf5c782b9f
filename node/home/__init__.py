"""The front page, made of the cards that slices offer, and the administrator's pages."""
