"""Observations: columnar tables that are appended, corrected, compacted and queried; on one machine or on a cluster."""
