"""The catalog: the history of IfcJobs in PostgreSQL, or in SQLite on one machine."""
