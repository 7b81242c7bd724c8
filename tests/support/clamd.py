"""A real clamd for tests, with one signature of our own: that of the EICAR test file."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# As hexadecimal digits, so that no scanner takes the repository for a virus.
_EICAR_HEX = (
    "58354f2150254041505b345c505a58353428505e2937434329377d2445494341522d5354414e44415244"
    "2d414e544956495255532d544553542d46494c452124482b482a"
)
EICAR = bytes.fromhex(_EICAR_HEX)


@contextmanager
def clamd(*options: str) -> Iterator[Path]:
    """Run clamd while the block runs, and yield its socket; skip the test on a machine without it."""
    program = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin")
    if program is None:
        pytest.skip("needs clamd: apt-get install clamav-daemon")
    with tempfile.TemporaryDirectory(prefix="clamd-") as name:  # pytest's folders are too long for a socket
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "database").mkdir()
        (folder / "database" / "eicar.ndb").write_text(f"Eicar-Test-Signature:0:*:{_EICAR_HEX}\n", encoding="ascii")
        lines = ["Foreground yes", f"DatabaseDirectory {folder}/database", f"LocalSocket {folder}/socket", *options]
        (folder / "clamd.conf").write_text("\n".join([*lines, ""]), encoding="ascii")
        with (folder / "clamd.log").open("wb") as log:
            command = [program, "--config-file", str(folder / "clamd.conf")]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait(process, folder)
            yield folder / "socket"
        finally:
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], folder: Path) -> None:
    end = time.monotonic() + 60
    while not (folder / "socket").exists():
        if process.poll() is not None or time.monotonic() > end:
            pytest.fail(f"clamd does not start: {(folder / 'clamd.log').read_text()[-1000:]}")
        time.sleep(0.05)
