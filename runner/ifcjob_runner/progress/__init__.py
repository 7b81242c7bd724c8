"""Progress of a run: the observer, the percentage, the log, and posting it to a URL."""
