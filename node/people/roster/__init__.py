"""Who is at the school, and what changes of it within a caller's unit. Asks nobody for rights."""
