"""The formats of artifacts: Parquet, the tables beside it, databases, and JSON of any depth."""
