"""Annotations of IfcJobs that the API writes."""

from ifcjob.labels import GROUP

OWNER = f"{GROUP}/submitted-by"
"""The user who created the IfcJob through the API."""
FILE_NAME = f"{GROUP}/file-name"
"""The file's name as its user knows it."""
REQUEST_HASH = f"{GROUP}/request-hash"
"""SHA-256 of the request that created the IfcJob; tells a repeated request from another one with the same key."""
RETRY_OF = f"{GROUP}/retry-of"
"""The IfcJob that this one repeats."""
HIDDEN = frozenset({"kubectl.kubernetes.io/last-applied-configuration", REQUEST_HASH})
"""Annotations that clients do not need."""
