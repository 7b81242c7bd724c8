"""One run as a child process: its folder, its log, its limits and its end."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from ifcjob_backends.local.kubelet.cgroup import MemoryCgroup
from ifcjob_backends.local.logs import LogWriter

RUN_FOLDER = "IFCJOB_RUN_FOLDER"
"""Environment variable of a run's processes: it tells those of a former serve from all others."""
_CHILD = Path(__file__).with_name("child.py")
_DRAIN_SECONDS = 1.0


class RunProcess:
    """A child process in a session of its own; it dies with this process."""

    def __init__(self, process: asyncio.subprocess.Process, log: LogWriter, cgroup: MemoryCgroup | None) -> None:
        self._process, self._log, self._cgroup = process, log, cgroup
        self._pump = asyncio.create_task(self._copy_output())
        self._stopping: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, command: Sequence[str], folder: Path, log: LogWriter, cgroup: MemoryCgroup | None
    ) -> "RunProcess":
        """Start it with `folder` for its scratch files."""
        work = folder / "work"
        work.mkdir(exist_ok=True)
        joined = str(cgroup.folder) if cgroup else "-"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_CHILD), str(os.getpid()), joined, *command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd=work,
            env=os.environ | {"TMPDIR": str(work), RUN_FOLDER: str(folder)},
            start_new_session=True,
        )
        return cls(process, log, cgroup)

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    async def wait(self) -> int:
        """Return the exit code as a shell would: 128 and the signal's number when a signal ended it."""
        code = await self._process.wait()
        with suppress(TimeoutError):
            # A process that it has left behind may hold the pipe open.
            async with asyncio.timeout(_DRAIN_SECONDS):
                await self._pump
        self._log.close()
        self._kill_session()
        return 128 - code if code < 0 else code

    def was_out_of_memory(self) -> bool:
        """Return whether the kernel has killed it at its memory limit; removes the cgroup."""
        if self._cgroup is None:
            return False
        killed = self._cgroup.was_killed()
        self._cgroup.remove()
        return killed

    def stop(self, grace_seconds: float) -> None:
        """Send SIGTERM now, and SIGKILL after the grace."""
        if self._stopping is None and self._process.returncode is None:
            self._stopping = asyncio.create_task(self._stop(grace_seconds))

    async def _stop(self, grace_seconds: float) -> None:
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        await asyncio.sleep(grace_seconds)
        self._kill_session()

    def _kill_session(self) -> None:
        # Its number belongs to no other process while the session has members.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _copy_output(self) -> None:
        assert self._process.stdout is not None, "it is a pipe"
        while chunk := await self._process.stdout.read(65_536):
            self._log.write(chunk)


def kill_leftovers(folder: Path) -> int:
    """Kill the runs that a former process has left below `folder`; returns how many processes."""
    prefix, leftovers = f"{folder}{os.sep}", []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(RUN_FOLDER, "").startswith(prefix):
                leftovers.append(process)
    for process in leftovers:
        with suppress(psutil.NoSuchProcess):  # psutil compares start times: another process of this id is safe
            process.kill()
    psutil.wait_procs(leftovers, timeout=5)
    return len(leftovers)
