"""The rules, one a file; `lint.catalogue` lists the folder."""
