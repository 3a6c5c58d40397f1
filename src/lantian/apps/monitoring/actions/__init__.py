"""What changes the state of source monitoring."""
