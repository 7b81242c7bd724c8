"""Sends the requests of flows: connections, retries, files on their way to the disk."""
