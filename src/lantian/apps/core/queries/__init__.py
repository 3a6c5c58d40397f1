"""What the rooms read of the foundation."""
