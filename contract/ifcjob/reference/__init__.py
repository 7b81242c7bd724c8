"""The generated half of docs/reference: pages and JSON Schemas made from the contract types, never by hand."""
