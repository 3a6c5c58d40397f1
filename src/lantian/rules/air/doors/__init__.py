"""The door of air observations: what a table of hours or days holds, and whether it can be believed."""
