"""disk_full: which errors mean a full disk."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_runner.transfer.disk import disk_full
from tests.support.runs import run_file


class LibraryError(Exception):
    """As xlsxwriter wraps errors of the disk."""


def no_space(number: int = errno.ENOSPC) -> OSError:
    return OSError(number, os.strerror(number))


def wrapped(error: Exception) -> Exception:
    try:
        try:
            raise error
        except type(error) as caught:
            raise LibraryError(str(caught))  # noqa: B904 - libraries raise without `from`
    except LibraryError as wrapper:
        return wrapper


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT], ids=["disk", "quota"])
def test_no_space_is_a_full_disk_also_inside_a_librarys_error(number: int) -> None:
    for error in (no_space(number), wrapped(no_space(number))):
        full = disk_full(error)
        assert full is not None
        assert full.reason == FailureReason.DISK_FULL
        assert os.strerror(number) in full.message
        assert full.hint


def test_other_errors_are_not_a_full_disk() -> None:
    interrupted = RunFailure(FailureReason.INTERRUPTED, "stopped")
    interrupted.__cause__ = no_space()
    for error in (OSError(errno.EIO, "I/O error"), wrapped(ValueError("bad")), interrupted):
        assert disk_full(error) is None


class SmallDisk:
    """Refuses one of the calls of this process that create something in a folder."""

    def __init__(self, folder: Path, refused: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.refused, self.calls = folder.parent, refused, 0
        self.refused_call = ""
        for name in ("os.mkdir", "os.open", "io.open", "os.posix_fallocate"):
            self._patch(name, monkeypatch)

    def _patch(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        module, _, function = name.partition(".")
        original = getattr(__import__(module), function)

        def checked(target: Any, *arguments: Any, **options: Any) -> Any:
            if self._writes(name, target, arguments):
                self.calls += 1
                if self.calls == self.refused:
                    self.refused_call = name
                    raise no_space(errno.EDQUOT if self.refused % 2 else errno.ENOSPC)
            return original(target, *arguments, **options)

        monkeypatch.setattr(name, checked)

    def _writes(self, name: str, target: Any, arguments: tuple[Any, ...]) -> bool:
        if name == "os.posix_fallocate":
            return True
        inside = isinstance(target, str | Path) and Path(target).is_relative_to(self.folder)
        if name == "io.open":
            return inside and "w" in arguments[0]
        if name == "os.mkdir":
            return inside and not Path(target).exists()
        return inside and bool(arguments[0] & os.O_CREAT)


def test_each_write_of_the_supervisor_reports_a_full_disk(walls: Path, tmp_path: Path) -> None:
    refused_calls: list[str] = []
    while True:
        folder = tmp_path / f"disk-{len(refused_calls)}" / "out"
        with pytest.MonkeyPatch.context() as monkeypatch:
            disk = SmallDisk(folder, len(refused_calls) + 1, monkeypatch)
            report = run_file(walls, folder).report
        if not disk.refused_call:
            break
        refused_calls.append(disk.refused_call)
        assert report.failure is not None, refused_calls
        assert report.failure.reason == FailureReason.DISK_FULL, (refused_calls, report.failure)
        assert report.failure.hint
    assert report.outcome == "Succeeded", report.failure
    assert {"os.mkdir", "os.open", "io.open", "os.posix_fallocate"} == set(refused_calls)
