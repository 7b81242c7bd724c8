"""What a SOURCE stands for: the IFC files it names, in a stable order, each with the folder its artifacts get."""

import glob
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ifcjob.failures import FailureReason, RunFailure

ENDINGS = (".ifc", ".ifczip", ".ifc.gz")
"""What folders, globs and prefixes look for, in any case; a file named by itself may end in anything."""
ANY_ENDING = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"


@dataclass(frozen=True)
class InputFile:
    """One file to run."""

    uri: str
    """A path, an http(s) URL, or `s3://bucket/key`, which is presigned when its turn comes."""
    name: str
    """The file's name for people."""
    parent: str = ""
    """The name of the folder it is in."""

    @property
    def identity(self) -> str:
        """What makes two names the same file."""
        return self.uri if "://" in self.uri else os.path.realpath(self.uri)

    @property
    def stem(self) -> str:
        """The name without its endings, safe as a folder name."""
        stem = PurePosixPath(self.name).stem
        stem = stem[:-4] if stem.lower().endswith(".ifc") else stem  # house.ifc.zip
        return _safe(stem) or "ifc"


def is_ifc(name: str) -> bool:
    """Tell whether a file's name says IFC."""
    return name.lower().endswith(ENDINGS)


def files_of(source: str) -> list[InputFile]:
    """Return the files a SOURCE names, sorted; raises InputNotFound when there are none."""
    if source.startswith("s3://"):
        from ifcjob_cli.object_store import files_below  # the S3 client is slow to import

        return files_below(source)
    if source.startswith(("http://", "https://")):
        place = PurePosixPath(unquote(urlsplit(source).path))
        return [InputFile(source, place.name or urlsplit(source).netloc, place.parent.name)]
    if source.startswith("file://"):
        source = unquote(urlsplit(source).path)
    path = Path(source)
    if path.is_dir():
        return _found(_below(path), f"there is no {ANY_ENDING} file below {source}")
    if path.exists() or not glob.has_magic(source):
        return [_local(path)]  # a missing one is the fetch stage's to report, with the names that come near
    matches = sorted(map(Path, glob.iglob(source, recursive=True)))  # noqa: PTH207 - takes absolute patterns too
    files = [file for match in matches for file in (_below(match) if match.is_dir() else [match]) if is_ifc(file.name)]
    others = f" ({len(matches)} other names do)" if matches else ""
    return _found(files, f"no {ANY_ENDING} file matches {source}{others}")


def with_folders(files: Iterable[InputFile]) -> Iterator[tuple[InputFile, str]]:
    """Give every file a folder of its own: its stem, when shared with its parent's name in front or a number behind."""
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
        folder = wanted = f"{_safe(file.parent)}-{file.stem}" if shared and distinct else file.stem
        number = 1
        while folder.casefold() in taken:
            number += 1
            folder = f"{wanted}-{number}"
        taken.add(folder.casefold())
        yield file, folder


def _below(folder: Path) -> list[Path]:
    """Return the IFC files below a folder; hidden ones are not meant."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in names if is_ifc(name) and not name.startswith(".")]
    return sorted(found)


def _local(path: Path) -> InputFile:
    return InputFile(str(path), path.name, path.absolute().parent.name)


def _found(paths: list[Path], otherwise: str) -> list[InputFile]:
    if not paths:
        raise RunFailure(FailureReason.INPUT_NOT_FOUND, otherwise)
    # A file found twice, as by overlapping globs, is one file.
    return [_local(path) for path in dict.fromkeys(paths)]


def _safe(name: str) -> str:
    return re.sub(r'[\x00-\x1f/\\:*?"<>|]+', "_", name).strip(". ")
