"""Measurements of ifcjob against the other ways to do the same work; `python -m bench.run` writes RESULTS.md."""
