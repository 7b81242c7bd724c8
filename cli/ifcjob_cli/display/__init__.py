"""Terminal output, log lines, and the message for a refused command line."""
