"""Sources under control: the full-scope lists, one identity per source, and the emission inventory."""
