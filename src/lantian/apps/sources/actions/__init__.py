"""Changes of sources and lists."""
