"""A large school in its third year: its data, made for benchmarks and tests.

`make` begins with the demo's school, which is made through the product's own verbs, and lets it grow:
more people, three school years of letters, signatures, read marks, files. What a verb writes in
milliseconds is written by the verb; what it would write for hours is written as the same rows.

The package knows only what both a build of today and an earlier one have, for it also runs within the
checkout of another build (`scripts.against`).
"""
