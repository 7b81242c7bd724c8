"""Label keys that several programs use."""

GROUP = "ifcjob.io"
"""API group of the custom resources."""

IFCJOB_LABEL = f"{GROUP}/ifcjob"
"""On a Job and its pod: the name of the IfcJob."""
UID_LABEL = f"{GROUP}/uid"
"""On a Job and its pod: the uid of the IfcJob."""
ATTEMPT_LABEL = f"{GROUP}/attempt"
"""On a Job and its pod: the attempt's number."""
QUEUE_LABEL = f"{GROUP}/queue"
"""On a Job and its pod: the queue that admitted it."""
