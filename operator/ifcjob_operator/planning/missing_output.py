"""The failures of an IfcJob whose artifacts have no destination."""

from ifcjob.failures import FailureReason, RunFailure


def no_output() -> RunFailure:
    """Return the failure of a job without an output."""
    message = "spec.output is not set, and the operator has no output bucket."
    hint = "Set spec.output, or the operator's output bucket."
    return RunFailure(FailureReason.INVALID_REQUEST, message, hint=hint)


def no_store() -> RunFailure:
    """Return the failure of a job that needs S3 where the operator has none."""
    message = "the job reads from or writes to S3, and the operator has no object store."
    hint = "Use pvc or http, or set the operator's S3 endpoint."
    return RunFailure(FailureReason.INVALID_REQUEST, message, hint=hint)
