"""The Kubernetes API: client, typed calls, leader election, parsed objects."""
