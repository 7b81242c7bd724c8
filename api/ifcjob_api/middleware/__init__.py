"""Applied to every request, whatever its route: log, headers, authentication, limits."""
