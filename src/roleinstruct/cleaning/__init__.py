"""Events to two-party dialogues, with every drop and merge recorded."""
