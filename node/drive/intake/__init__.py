"""How files come in: in parts that can be taken up again, or whole."""
