"""Everything generated: reference pages, JSON Schemas and crds, made from the contract types, never by hand."""
