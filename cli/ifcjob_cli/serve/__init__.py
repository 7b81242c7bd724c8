"""`ifcjob serve`: operator, API and runner in one process, with a folder instead of a cluster."""
