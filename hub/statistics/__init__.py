"""How many papers the province's schools have, by kind and state, of those schools that tell it. Never a person."""
