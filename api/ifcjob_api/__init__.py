"""The HTTP API: uploads, IfcJobs, artifacts, models, queues, events."""
