"""The bot 마당: what it hears, what it says, what it answers."""
