"""The destination of all artifacts: a local folder, or a prefix of a bucket. Each file has its own folder in it."""

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.request import Output


class Destination(Protocol):
    """Where the artifact folders are; `folder` is the name of one of them."""

    def location(self, folder: str) -> str:
        """Return the folder as users see it."""

    def output(self, folder: str, names: Collection[str]) -> Output:
        """Return the output of a run that publishes artifacts with these names."""

    def read_manifest(self, folder: str) -> bytes | None:
        """Return the manifest of an earlier run; None if there is none."""

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the sizes of the files in a folder."""

    def remove_others(self, folder: str, names: Collection[str]) -> None:
        """Remove artifacts of earlier runs that the last run did not publish."""


class LocalFolder:
    """A Destination in the file system."""

    def __init__(self, parent: Path) -> None:
        self.parent = parent

    def location(self, folder: str) -> str:
        """Return the path."""
        return str(self.parent / folder)

    def output(self, folder: str, names: Collection[str]) -> Output:  # noqa: ARG002 - a folder takes any file
        """Return the folder; the runner writes into it."""
        return Output(folder=str(self.parent / folder))

    def read_manifest(self, folder: str) -> bytes | None:
        """Read it; a file that cannot be read counts as none."""
        try:
            return (self.parent / folder / "manifest.json").read_bytes()
        except OSError:
            return None

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the sizes of the files."""
        try:
            return {path.name: path.stat().st_size for path in (self.parent / folder).iterdir()}
        except OSError:
            return {}

    def remove_others(self, folder: str, names: Collection[str]) -> None:
        """Do nothing: the runner has removed them."""


def destination_of(output: str) -> Destination:
    """Return the destination that `--output` names. Raises InvalidRequest for URLs other than s3://."""
    if output.startswith("s3://"):
        from ifcjob_cli.run.bucket import Bucket  # the S3 client is slow to import

        return Bucket(output)
    scheme, separator, _ = output.partition("://")
    if separator and scheme.isalnum():
        message = f"--output: artifacts cannot be written to a {scheme}:// URL"
        raise RunFailure(FailureReason.INVALID_REQUEST, message, hint="Give a folder, or s3://bucket/prefix.")
    return LocalFolder(Path(output))
