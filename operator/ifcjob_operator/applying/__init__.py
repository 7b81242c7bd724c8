"""Effects: Jobs, Secrets, Events, statuses, artifacts and history written for a plan."""
