"""Where people's clients, other schools and Synapse itself come in and go out."""
