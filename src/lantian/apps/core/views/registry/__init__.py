"""Pages of places, organisations, people, imports, jobs, files and messages."""
