"""Lists of any size from Excel: staged whole, applied in parts, undone while untouched."""
