"""The `ifcjob` command."""
