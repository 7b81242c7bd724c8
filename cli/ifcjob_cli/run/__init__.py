"""The `ifcjob run` command: its arguments, the sources, and the run of each file."""
