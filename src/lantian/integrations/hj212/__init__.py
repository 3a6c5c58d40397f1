"""HJ 212: frames of pollution-source data loggers, in the editions of 2005, 2017 and 2025."""
