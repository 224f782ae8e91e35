"""Character cards, versions 1 to 3: read from JSON, PNG and charx, and written as these.

The specifications are https://github.com/malfoyslastname/character-card-spec-v2 (its spec_v1.md is version 1) and
https://github.com/kwaroran/character-card-spec-v3.
"""
