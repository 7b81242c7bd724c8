"""Tools for the arguments of all commands, and the run request that they set."""
