"""Observations: watches, the cache they fill, facts looked up on demand, and health."""
