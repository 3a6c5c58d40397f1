"""Tables of the foundation."""
