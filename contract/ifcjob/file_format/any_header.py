"""The STEP header of a file as the engine reads it or as it is meant, or the failure that says what the file is."""

import re

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.file_format.other_formats import other_format
from ifcjob.file_format.step_header import HeaderError, HeaderWithoutEndError, StepHeader, read_header


def header_of(head: bytes, name: str, *, is_whole: bool) -> StepHeader:
    """Read the header from a file's first bytes; RunFailure when there is none.

    `is_whole`: the file has no more bytes, so that a header without an end is truncated.
    """
    head = _without_open_comments(head)
    try:
        return read_header(head)
    except HeaderError:
        pass
    from ifcjob.file_format.header_repair import repair_header  # noqa: PLC0415 - few files need it

    try:
        return repair_header(head)
    except HeaderError as error:
        raise _header_failure(head, name, error, is_whole=is_whole) from error


def _without_open_comments(head: bytes) -> bytes:
    """Cut the bytes at the 32nd comment without an end: the patterns search the end of each, a million times if let."""
    position = head.rfind(b"*/") + 1
    for _ in range(32):
        position = head.find(b"/*", position + 1)
        if position < 0:
            return head
    return head[:position]


def _header_failure(head: bytes, name: str, error: HeaderError, *, is_whole: bool) -> RunFailure:
    if other := other_format(head[:4096], name):
        return RunFailure(FailureReason.NOT_AN_IFC_FILE, f"{name} is {other.name}.", hint=other.hint)
    if isinstance(error, HeaderWithoutEndError) and is_whole:
        message = f"{name} ends after {len(head)} bytes, within its header."
        return RunFailure(FailureReason.TRUNCATED_FILE, message)
    if not re.search(rb"ISO-10303-21|FILE_SCHEMA|#\d+\s*=", head, re.IGNORECASE):
        message = f"{name} is not IFC in STEP text; it begins with {head[:40].decode('latin-1')!a}."
        return RunFailure(FailureReason.NOT_AN_IFC_FILE, message)
    message = f"{name} is STEP text, but its header cannot be read: {error}."
    return RunFailure(FailureReason.NOT_AN_IFC_FILE, message)
