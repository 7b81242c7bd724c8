"""Processes: the engine and its children, their messages, limits and heartbeats."""
