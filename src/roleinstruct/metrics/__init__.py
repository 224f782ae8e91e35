"""Scores of answers, and of agreement between annotators."""
