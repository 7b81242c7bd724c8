"""The content of metadata.json, and the problems in a file that become findings."""
