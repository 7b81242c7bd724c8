"""The roles of the child processes; each is one function, called by run_role."""
