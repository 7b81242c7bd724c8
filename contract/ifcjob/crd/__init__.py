"""The CRDs, generated from the contract types: structural schemas, validation rules and printer columns."""
