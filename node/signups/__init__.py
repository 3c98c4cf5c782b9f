"""Sign-ups with places: courses after school, care, trips; who comes first, or whom a draw names."""
