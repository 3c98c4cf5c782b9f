"""The parts of scripts/bench_pages.py: visits in a browser, and Lighthouse."""
