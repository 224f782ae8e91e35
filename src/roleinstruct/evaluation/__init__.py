"""Answers of systems to a data set's benchmark, and what metrics, judges and people say of them."""
