"""What two parties must agree on: words, rules and proofs. Pure: no I/O, no clock, no randomness but keys."""
