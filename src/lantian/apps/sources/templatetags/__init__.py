"""Tags of the room of sources."""
