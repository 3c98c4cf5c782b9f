"""One index over everything a school sends, with the access rule inside the query."""
