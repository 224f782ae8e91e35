"""Recipes, rows as the model sees them, training itself, and the way out of it."""
