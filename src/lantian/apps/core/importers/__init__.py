"""Lists and outlines that come in as files."""
