"""The doors of air observations: from a file or message to the lake, with everything doubtful kept for review."""
