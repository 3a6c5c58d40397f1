"""Pages of ambient air."""
