"""The school's append-only log of signed records; heads and receipts."""
