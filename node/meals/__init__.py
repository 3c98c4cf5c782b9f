"""Meals (급식): what there is to eat on a day, and what of it a child must not eat."""
