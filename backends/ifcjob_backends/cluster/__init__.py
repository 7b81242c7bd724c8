"""The Kubernetes API: requests with plain dicts and typed errors."""
