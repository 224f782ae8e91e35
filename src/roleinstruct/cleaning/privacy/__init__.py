"""Private data in dialogue: found, and replaced before a data set is published."""
