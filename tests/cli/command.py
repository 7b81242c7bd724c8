"""Runs the `ifcjob` command as a process, with or without a terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REAL = (sys.executable, "-m", "ifcjob_cli")
SCRIPTED = (sys.executable, "-m", "tests.cli.scripted_pipeline")
_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Screen:
    """The output of a terminal."""

    code: int
    raw: str

    @property
    def text(self) -> str:
        """The output without colours and cursor movements."""
        return _ESCAPE.sub("", self.raw).replace("\r\n", "\n")

    @property
    def last(self) -> str:
        """The final screen: everything after the last upward cursor movement."""
        return _ESCAPE.sub("", re.split(r"\x1b\[1A\x1b\[2K", self.raw)[-1]).replace("\r\n", "\n")


def lines(text: str) -> list[dict[str, Any]]:
    """Return the JSON objects of an output, one per line."""
    return [json.loads(line) for line in text.splitlines()]


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
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [*program, *map(str, arguments)],
        cwd=cwd,
        env=_environment({"TERM": "xterm-256color"} | environment),
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    output = b""
    try:
        while chunk := os.read(master, 65536):
            output += chunk
    except OSError:  # Linux reports a closed other end like this
        pass
    finally:
        os.close(master)
    return Screen(process.wait(60), output.decode())


def _environment(extra: dict[str, str]) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")
    }
    return kept | {"PYTHONPATH": str(ROOT)} | extra
