"""Queues: who is next, with how many slots, and what IfcQueue statuses say."""
