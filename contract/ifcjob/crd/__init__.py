"""The CustomResourceDefinitions, made from the contract types: structural schemas, rules, columns, never by hand."""
