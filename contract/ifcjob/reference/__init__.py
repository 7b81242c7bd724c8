"""Generators of reference pages, JSON Schemas and CRDs from the contract types."""
