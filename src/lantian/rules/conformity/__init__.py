"""A lower plan held against the plan above it: what is carried, what is missing, what is later or less."""
