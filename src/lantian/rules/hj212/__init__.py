"""Codes and commands of HJ 212, from its books."""
