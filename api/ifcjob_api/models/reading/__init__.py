"""Queries of DuckDB over the artifacts of models: pages of elements, one element, counts per value."""
