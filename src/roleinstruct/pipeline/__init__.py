"""A builder file run from raw source to data set folder: each stage reads tables and writes tables."""
