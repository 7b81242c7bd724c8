"""The two geometry engines, and the check of their results."""
