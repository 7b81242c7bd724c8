"""The operator's settings: their types, their fields, and how they are read."""
