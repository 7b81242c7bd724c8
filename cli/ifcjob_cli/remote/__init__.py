"""Commands that talk to a server: `ifcjob serve` on this machine, or the API of a cluster."""
