"""The linter of role-play data: one small file a rule, the material that they look at, and the report."""
