"""Standard input as a source: `-`. It is copied to a file, because the engines read files."""

import argparse
import sys
from pathlib import Path

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Source
from ifcjob_cli.run.sources import InputFile
from ifcjob_runner.transfer.disk import raising_disk_full

DEFAULT_NAME = "stdin.ifc"
_CHUNK = 1024**2


def read(arguments: argparse.Namespace, scratch: Path) -> InputFile:
    """Copy standard input to a file in `scratch`."""
    if sys.stdin is None or sys.stdin.isatty():
        hint = "Pipe a file into it: cat house.ifc | ifcjob run -"
        raise RunFailure(FailureReason.INVALID_REQUEST, "standard input (-) is a terminal", hint=hint)
    limit = getattr(arguments, "source.max_bytes", Source.model_fields["max_bytes"].default)
    path = scratch / "standard-input"
    size = 0
    with raising_disk_full(path), path.open("wb") as file:
        while chunk := sys.stdin.buffer.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                message = f"standard input has more than {limit} bytes, the limit of --max-bytes"
                raise RunFailure(FailureReason.INPUT_TOO_LARGE, message)
            file.write(chunk)
    return InputFile(str(path), DEFAULT_NAME, public_uri="-")
