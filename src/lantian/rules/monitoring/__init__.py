"""Judging what chimneys and meters report: pure rules, every threshold from a book, every result with its reason."""
