"""A trained adapter in the form that a server takes, each held against what was trained before it may be used."""
