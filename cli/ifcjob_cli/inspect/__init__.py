"""The `ifcjob inspect` command: facts about files without a run."""
