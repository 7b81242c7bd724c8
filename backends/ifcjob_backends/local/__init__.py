"""One machine instead of a cluster: an API server in this process, on SQLite, and Jobs as child processes."""
