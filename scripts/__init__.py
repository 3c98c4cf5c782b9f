"""Demo province, benchmarks, screenshots, command-line entry. Nothing imports this room."""
