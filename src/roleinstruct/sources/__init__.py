"""Foreign shapes to records: one file a format."""
