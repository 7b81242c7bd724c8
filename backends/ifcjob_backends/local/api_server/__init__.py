"""The Kubernetes API of one machine: its requests, on SQLite."""
