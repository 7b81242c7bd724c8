"""Models: elements, properties and search, from the Parquet artifacts of the jobs that succeeded."""
