"""The members of an `.ifczip`: exactly one IFC file, and no unsafe ones. Their claims are checked, not trusted."""

import stat
import zipfile
from pathlib import PurePosixPath

from ifcjob.failures import FailureReason, RunFailure

MAX_DIRECTORY_BYTES = 4 * 1024**2
"""zipfile loads the whole list of members; an archive of one IFC file needs no more than this."""
_ENCRYPTED = 0x1


def only_ifc(members: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo:
    """Return the IFC file among the members of an archive; RunFailure unless there is exactly one and all are safe."""
    files = [m for m in members if not m.is_dir() and not _is_resource_fork(m.filename)]
    for member in files:
        _check_member(member, name)
    models = [m for m in files if m.filename.lower().endswith(".ifc")]
    if len(models) == 1:
        return models[0]
    if models:
        message = f"{name} contains {len(models)} IFC files ({_some(models)}), not one."
        raise RunFailure(FailureReason.UNSAFE_ARCHIVE, message)
    message = f"{name} contains no .ifc file, only {_some(files)}." if files else f"{name} is an empty zip archive."
    raise RunFailure(FailureReason.UNSAFE_ARCHIVE, message, hint="Zip exactly one IFC file in STEP text (.ifc).")


def _check_member(member: zipfile.ZipInfo, name: str) -> None:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    quoted = ascii(member.filename[:100])
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise RunFailure(FailureReason.UNSAFE_ARCHIVE, f"{name} contains {quoted}, a path outside the archive.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise RunFailure(FailureReason.UNSAFE_ARCHIVE, f"{name} contains {quoted}, a symbolic link.")
    if member.flag_bits & _ENCRYPTED:
        hint = "Zip the IFC file again without a password."
        raise RunFailure(FailureReason.UNSAFE_ARCHIVE, f"{name} is encrypted ({quoted}).", hint=hint)


def _is_resource_fork(member: str) -> bool:
    """Tell whether macOS added this member."""
    path = PurePosixPath(member)
    return path.parts[:1] == ("__MACOSX",) or path.name.startswith("._")


def _some(members: list[zipfile.ZipInfo]) -> str:
    names = [ascii(m.filename[:100]) for m in members[:5]]
    return ", ".join(names) + (f" and {len(members) - 5} more" if len(members) > 5 else "")
