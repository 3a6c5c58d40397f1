"""Sources that may be one: found, held against each other, merged, and taken apart again."""
