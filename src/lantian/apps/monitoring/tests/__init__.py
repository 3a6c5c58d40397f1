"""Tests of source monitoring."""
