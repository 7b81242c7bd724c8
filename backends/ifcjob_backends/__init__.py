"""Clients of the Kubernetes API and of object stores; operator and API use both."""
