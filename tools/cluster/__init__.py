"""Start and stop a real Kubernetes for tests."""
