"""Pages of sources and lists."""
