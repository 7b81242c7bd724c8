"""Expansion of a SOURCE into IFC files, in a stable order, each with its output folder."""

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ifcjob.failures import FailureReason, RunFailure

ENDINGS = (".ifc", ".ifczip", ".ifc.gz")
"""Name endings of IFC files in folders, globs and prefixes, in any case; a file given by name may have any ending."""
ANY_ENDING = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"


@dataclass(frozen=True)
class InputFile:
    """One file to run."""

    uri: str
    """A path, an http(s) URL, or `s3://bucket/key`, which is presigned just before the run."""
    name: str
    """Display name."""
    parent: str = ""
    """Name of the parent folder."""
    public_uri: str | None = None
    """The source as users see it, if `uri` is a temporary file."""
    size: int | None = field(default=None, compare=False)
    """Bytes, if listing the files told them."""

    @property
    def identity(self) -> str:
        """Identity of the file, to detect duplicates."""
        return self.uri if "://" in self.uri else os.path.realpath(self.uri)

    @property
    def stem(self) -> str:
        """The name without its endings, usable as a folder name."""
        stem = PurePosixPath(self.name).stem
        stem = stem[:-4] if stem.lower().endswith(".ifc") else stem  # house.ifc.zip
        return _safe(stem) or "ifc"


def is_ifc(name: str) -> bool:
    """Return whether a file name has the ending of an IFC file."""
    return name.lower().endswith(ENDINGS)


def files_of(source: str) -> list[InputFile]:
    """Return the files of a SOURCE, sorted. Raises InputNotFound if it has none."""
    if source.startswith("s3://"):
        from ifcjob_cli.run.object_store import files_below  # the S3 client is slow to import

        return files_below(source)
    if source.startswith(("http://", "https://")):
        place = PurePosixPath(unquote(urlsplit(source).path))
        return [InputFile(source, place.name or urlsplit(source).netloc, place.parent.name)]
    if source.startswith("file://"):
        source = unquote(urlsplit(source).path)
    path = Path(source)
    if path.is_dir():
        return _required(_below(path), f"no {ANY_ENDING} file below {source}")
    if path.exists() or not glob.has_magic(source):
        return [_local(path)]  # the fetch stage reports a missing file, with similar names
    matches = sorted(map(Path, glob.iglob(source, recursive=True)))  # noqa: PTH207 - takes absolute patterns too
    files = [file for match in matches for file in (_below(match) if match.is_dir() else [match]) if is_ifc(file.name)]
    others = f" (it matches {len(matches)} other files)" if matches else ""
    return _required(files, f"no {ANY_ENDING} file matches {source}{others}")


def with_folders(files: Iterable[InputFile]) -> Iterator[tuple[InputFile, str]]:
    """Yield each file with its own folder: its stem, with the parent's name or a number added if stems collide."""
    once: dict[str, InputFile] = {}
    for file in files:
        once.setdefault(file.identity, file)
    files = list(once.values())
    stems = Counter(file.stem.casefold() for file in files)
    homes = Counter((file.parent, file.stem.casefold()) for file in files)
    taken: set[str] = set()
    for file in files:
        shared = stems[file.stem.casefold()] > 1
        distinct = file.parent and homes[file.parent, file.stem.casefold()] == 1
        folder = preferred = f"{_safe(file.parent)}-{file.stem}" if shared and distinct else file.stem
        number = 1
        while folder.casefold() in taken:
            number += 1
            folder = f"{preferred}-{number}"
        taken.add(folder.casefold())
        yield file, folder


def _below(folder: Path) -> list[Path]:
    """Return the IFC files below a folder, without hidden ones."""
    paths = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths += [Path(parent, name) for name in names if is_ifc(name) and not name.startswith(".")]
    return sorted(paths)


def _local(path: Path) -> InputFile:
    return InputFile(str(path), path.name, path.absolute().parent.name)


def _required(paths: list[Path], message: str) -> list[InputFile]:
    if not paths:
        raise RunFailure(FailureReason.INPUT_NOT_FOUND, message)
    # Overlapping globs may match a file twice.
    return [_local(path) for path in dict.fromkeys(paths)]


def _safe(name: str) -> str:
    return re.sub(r'[\x00-\x1f/\\:*?"<>|]+', "_", name).strip(". ")
