"""Effects of plans: Jobs, Secrets, Events, status, artifacts and history."""
