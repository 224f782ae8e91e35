"""Ratings by people: blind sheets of what systems answered, and what comes back."""
