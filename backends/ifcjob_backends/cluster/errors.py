"""The errors of requests to the Kubernetes API."""


class ClusterError(Exception):
    """An error status of the API server, with its message."""

    def __init__(self, status: int, message: str, retry_after: float = 0) -> None:
        super().__init__(f"{status}: {message}" if status else message)
        self.status = status
        self.message = message
        self.retry_after = retry_after


class NoCluster(Exception):
    """There is neither a usable kubeconfig nor a pod's service account."""


class NotFound(ClusterError):
    """404."""


class Conflict(ClusterError):
    """409 on a write with a resourceVersion: it has changed since."""


class AlreadyExists(ClusterError):
    """409 on a create."""


class Refused(ClusterError):
    """400, 403 or 422: a retry is futile until a person changes something."""


class NamespaceTerminating(Refused):
    """403: the namespace is being deleted, and nothing is created in it any more."""


class ClusterUnavailable(ClusterError):
    """No proper answer, 401, 429 or 5xx until the retry timeout."""


class Expired(ClusterError):
    """410: the server has forgotten a watch's resourceVersion; list again."""
