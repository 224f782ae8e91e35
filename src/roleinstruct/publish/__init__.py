"""What leaves the machine: cards, gates before anything goes, and the push to a hub."""
