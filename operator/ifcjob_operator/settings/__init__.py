"""The operator's settings: types, fields, and how they are read."""
