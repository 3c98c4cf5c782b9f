"""What the province sends a school to use as its own: kinds of papers, holidays. The administrator decides of each."""
