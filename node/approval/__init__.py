"""결재: who may decide alone, what waits for who decides, and what was decided until it is carried out."""
