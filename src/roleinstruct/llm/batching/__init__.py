"""Requests handed in as files: a batch API in the place of single calls."""
