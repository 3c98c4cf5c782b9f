"""What both servers are built with: database, web shell, sign-in, jobs, audit. Knows no school."""
