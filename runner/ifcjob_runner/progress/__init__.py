"""Progress: who is informed, how percent is computed, and where it is sent."""
