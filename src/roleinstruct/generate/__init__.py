"""Emotions, profiles, questions and answers."""
