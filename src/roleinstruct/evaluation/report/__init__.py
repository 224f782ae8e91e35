"""One report of all that is known about some systems: a page, its Markdown twin, and the same numbers as JSON."""
