"""Runs pods as child processes, with their limits."""
