"""Artifacts of jobs: which there are, and their bytes."""
