"""Lost and found: what was found at the school, until whoever misses it has it back."""
