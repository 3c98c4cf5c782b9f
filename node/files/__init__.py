"""Files of every slice: stored once, looked at without downloading, given to whoever may have them."""
