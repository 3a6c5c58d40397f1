"""Text and tables out of office files, Word and Excel into files. Pure: bytes and paths in, values and
files out."""
