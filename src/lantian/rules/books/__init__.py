"""Rule books: versioned data files, each with its validity, source and confidence."""
