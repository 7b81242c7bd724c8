"""The failure table: every reason a run can fail for, in one place.

It defines the runner's exit codes, the reasons of conditions, retries, metric labels and a page of the documentation.
A problem *in the IFC file* that does not stop the run is a finding, not a failure.
"""

import os
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Fixer = Literal["user", "admin", "nobody", "us"]


class FailureReason(StrEnum):
    """The reason a run failed; the value is the public name."""

    INVALID_REQUEST = "InvalidRequest"
    NOT_AN_IFC_FILE = "NotAnIfcFile"
    UNSUPPORTED_SCHEMA = "UnsupportedSchema"
    TRUNCATED_FILE = "TruncatedFile"
    UNSAFE_ARCHIVE = "UnsafeArchive"
    INPUT_TOO_LARGE = "InputTooLarge"
    INPUT_NOT_FOUND = "InputNotFound"
    INPUT_CHANGED = "InputChanged"
    STORAGE_UNAVAILABLE = "StorageUnavailable"
    INTERNAL_ERROR = "InternalError"
    CRASHED = "Crashed"
    OUT_OF_MEMORY = "OutOfMemory"
    OUTPUT_REJECTED = "OutputRejected"
    DISK_FULL = "DiskFull"
    INTERRUPTED = "Interrupted"
    DEADLINE_EXCEEDED = "DeadlineExceeded"
    ACCESS_DENIED = "AccessDenied"
    COVERAGE_SHORTFALL = "CoverageShortfall"
    RUN_LOST = "RunLost"
    IMAGE_UNAVAILABLE = "ImageUnavailable"


@dataclass(frozen=True)
class FailureRow:
    """One row of the failure table."""

    exit_code: int | None
    """The runner's exit code (sysexits); None when only the operator detects this failure."""
    retryable: bool
    """Whether a retry of the same request may succeed."""
    fixer: Fixer
    """The party that can fix it: the user, the administrator, nobody (it is temporary) or us (a bug in ifcjob)."""
    cause: str
    """The typical cause, one sentence."""
    hint: str
    """The next step, one sentence."""


FAILURES: dict[FailureReason, FailureRow] = {
    FailureReason.INVALID_REQUEST: FailureRow(
        os.EX_USAGE,
        retryable=False,
        fixer="user",
        cause="Two options contradict each other, or a value is out of range.",
        hint="Correct the option that the message names; `ifcjob run --help` lists all options.",
    ),
    FailureReason.NOT_AN_IFC_FILE: FailureRow(
        os.EX_DATAERR,
        retryable=False,
        fixer="user",
        cause="The file is empty, has another format, or its STEP header cannot be read.",
        hint="Export the model again as IFC in STEP text (.ifc) or zipped (.ifczip).",
    ),
    FailureReason.UNSUPPORTED_SCHEMA: FailureRow(
        os.EX_DATAERR,
        retryable=False,
        fixer="user",
        cause="The header names a schema that the engine does not support, such as a release candidate.",
        hint="Export again as IFC2X3, IFC4 or IFC4X3_ADD2.",
    ),
    FailureReason.TRUNCATED_FILE: FailureRow(
        os.EX_DATAERR,
        retryable=False,
        fixer="user",
        cause="The file ends before its END-ISO-10303-21 line: the upload or the export was interrupted.",
        hint="Upload the file again, or export it again if the original is truncated too.",
    ),
    FailureReason.UNSAFE_ARCHIVE: FailureRow(
        os.EX_DATAERR,
        retryable=False,
        fixer="user",
        cause="The .ifczip holds no IFC file or several, has an unsafe path, or expands beyond the size limit.",
        hint="Zip exactly one .ifc file, without `..` or absolute paths, below the size limit.",
    ),
    FailureReason.INPUT_TOO_LARGE: FailureRow(
        os.EX_DATAERR,
        retryable=False,
        fixer="user",
        cause="The file is larger than the request's maxBytes.",
        hint="Raise maxBytes (`--max-bytes`) or split the model.",
    ),
    FailureReason.INPUT_NOT_FOUND: FailureRow(
        os.EX_NOINPUT,
        retryable=False,
        fixer="user",
        cause="The source has no such file, or the file was deleted.",
        hint="Check the path, or the bucket, key and version.",
    ),
    FailureReason.INPUT_CHANGED: FailureRow(
        os.EX_NOINPUT,
        retryable=False,
        fixer="user",
        cause="The file's SHA-256 differs from the one in the request.",
        hint="Submit again with the new checksum, or restore the file.",
    ),
    FailureReason.STORAGE_UNAVAILABLE: FailureRow(
        os.EX_UNAVAILABLE,
        retryable=True,
        fixer="admin",
        cause="The object store does not answer, or answers with a server error.",
        hint="Check the object store; ifcjob retries automatically.",
    ),
    FailureReason.INTERNAL_ERROR: FailureRow(
        os.EX_SOFTWARE,
        retryable=False,
        fixer="us",
        cause="ifcjob has a bug; the log has the traceback.",
        hint="Report it with the log, and attach the file if you may share it.",
    ),
    FailureReason.CRASHED: FailureRow(
        71,
        retryable=False,
        fixer="us",
        cause="The IFC engine crashed (segmentation fault, abort), and not on a single element.",
        hint="Report it with the log; until then, `--only metadata,spatial-tree,properties` may work.",
    ),
    FailureReason.OUT_OF_MEMORY: FailureRow(
        72,
        retryable=True,
        fixer="user",
        cause="The run reached its memory limit.",
        hint="Raise the memory limit (`--memory-limit`, `spec.resources.memory`) or use fewer workers.",
    ),
    FailureReason.OUTPUT_REJECTED: FailureRow(
        os.EX_CANTCREAT,
        retryable=False,
        fixer="admin",
        cause="The destination refuses writes, or an upload URL has expired.",
        hint="Check the permissions of the output folder, bucket or PVC.",
    ),
    FailureReason.DISK_FULL: FailureRow(
        os.EX_IOERR,
        retryable=False,
        fixer="admin",
        cause="The disk has no space left for the input, scratch files or artifacts.",
        hint="Free space, or raise the ephemeral storage limit.",
    ),
    FailureReason.INTERRUPTED: FailureRow(
        os.EX_TEMPFAIL,
        retryable=True,
        fixer="nobody",
        cause="SIGTERM or Ctrl-C stopped the run: a drain, a preemption or a person.",
        hint="Start it again; no artifact was written partially.",
    ),
    FailureReason.DEADLINE_EXCEEDED: FailureRow(
        76,
        retryable=False,
        fixer="user",
        cause="The run did not end within its deadline.",
        hint="Raise the deadline (`--deadline`, `spec.activeDeadlineSeconds`).",
    ),
    FailureReason.ACCESS_DENIED: FailureRow(
        os.EX_NOPERM,
        retryable=False,
        fixer="user",
        cause="The credentials or the URL do not permit access to the source.",
        hint="Check the credentials, or create a fresh presigned URL.",
    ),
    FailureReason.COVERAGE_SHORTFALL: FailureRow(
        os.EX_CONFIG,
        retryable=False,
        fixer="user",
        cause="Fewer elements have geometry than the request requires.",
        hint="Look at coverage.skipped in manifest.json, then fix the model or lower the minimum.",
    ),
    FailureReason.RUN_LOST: FailureRow(
        None,
        retryable=True,
        fixer="admin",
        cause="The pod disappeared without a report: its node was lost.",
        hint="No action is needed: ifcjob retries automatically.",
    ),
    FailureReason.IMAGE_UNAVAILABLE: FailureRow(
        None,
        retryable=False,
        fixer="admin",
        cause="The runner image cannot be pulled.",
        hint="Check the image name, the registry and its pull secret.",
    ),
}


class RunFailure(Exception):
    """A typed failure, raised to the one place that reports it."""

    def __init__(
        self, reason: FailureReason, message: str, *, hint: str | None = None, element: str | None = None
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.hint = hint or FAILURES[reason].hint
        self.element = element

    @property
    def exit_code(self) -> int:
        """Return the process exit code of this failure."""
        return FAILURES[self.reason].exit_code or os.EX_SOFTWARE
