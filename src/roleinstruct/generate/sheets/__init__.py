"""Annotation by people: whom to ask about which dialogues, the sheets that they fill, and what comes back."""
