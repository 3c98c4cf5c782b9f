"""Files whose rows become something of the school: read, understood once, shown, then taken over whole."""
