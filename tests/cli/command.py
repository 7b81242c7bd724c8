"""Runs the `ifcjob` command as a user would: a process of its own, with or without a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REAL = (sys.executable, "-m", "ifcjob_cli")
SCRIPTED = (sys.executable, "-m", "tests.cli.scripted_pipeline")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Screen:
    """What a terminal got."""

    code: int
    raw: str

    @property
    def text(self) -> str:
        """The output without colours and cursor movements."""
        return _ESCAPE.sub("", self.raw).replace("\r\n", "\n")

    @property
    def last(self) -> str:
        """What stays on the screen: all after the last cursor movement upwards."""
        return _ESCAPE.sub("", re.split(r"\x1b\[1A\x1b\[2K", self.raw)[-1]).replace("\r\n", "\n")


def run(
    *arguments: str | Path, cwd: Path, program: tuple[str, ...] = SCRIPTED, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command with pipes."""
    return subprocess.run(
        [*program, *map(str, arguments)],
        cwd=cwd,
        env=_environment(environment),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def run_on_terminal(
    *arguments: str | Path, cwd: Path, columns: int = 80, program: tuple[str, ...] = SCRIPTED, **environment: str
) -> Screen:
    """Run the command on a pseudo terminal of that width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [*program, *map(str, arguments)],
        cwd=cwd,
        env=_environment({"TERM": "xterm-256color"} | environment),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    output = b""
    try:
        while chunk := os.read(ours, 65536):
            output += chunk
    except OSError:  # how Linux says that the other end is closed
        pass
    finally:
        os.close(ours)
    return Screen(process.wait(60), output.decode())


def _environment(extra: dict[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")
    }
    return kept | {"PYTHONPATH": str(ROOT)} | extra
