"""What the province gives its schools to use as their own, beside the handbook: kinds of papers, holidays."""
