"""A program in a cgroup with little memory, which it sees as a container sees its own."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

_ROOT = Path("/sys/fs/cgroup")


def run_with_memory(arguments: list[str], limit_bytes: int, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run a program with a memory limit; needs root, and cgroups of which this machine lets us make one."""
    v1 = (_ROOT / "memory").is_dir()
    parent, setting = (_ROOT / "memory", "memory.limit_in_bytes") if v1 else (_ROOT, "memory.max")
    group = parent / f"ifcjob-test-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        pytest.skip(f"cannot make a cgroup here: {error}")
    try:
        try:
            (group / setting).write_text(str(limit_bytes))
        except OSError as error:
            pytest.skip(f"cgroups have no memory limit here: {error}")
        script = f'echo $$ > {group}/cgroup.procs && mount --bind {group} {parent} && exec "$@"'
        inside = ["unshare", "--mount", "sh", "-c", script, "sh", *arguments]
        return subprocess.run(inside, capture_output=True, text=True, check=False, timeout=seconds)
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """Take a cgroup away, and what a program that was stopped has left in it."""
    while True:
        for pid in (group / "cgroup.procs").read_text(encoding="ascii").split():
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        with suppress(OSError):  # busy: what was killed is not gone yet
            group.rmdir()
            return
        time.sleep(0.05)
