"""Fork the engine process; handles of forked ones, as `subprocess.Popen` is of one that runs as its own program."""

from __future__ import annotations

import os
import select
import signal
import sys
from typing import TYPE_CHECKING

from ifcjob_runner.processes.signals import blocked

if TYPE_CHECKING:
    from typing import TextIO


class ForkedProcess:
    """A child of this process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status; None while it runs."""
        return self._wait(os.WNOHANG)

    def wait(self) -> int:
        """Wait for its end and return the exit status."""
        status = self._wait(0)
        assert status is not None
        return status

    def _wait(self, options: int) -> int | None:
        if self._returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid != 0:
                self._returncode = os.waitstatus_to_exitcode(status)
        return self._returncode


class CloneProcess:
    """A process that is not a child of this one; its parent writes its exit status to a pipe."""

    def __init__(self, pid: int, status: int) -> None:
        self.pid = pid
        self._status = status
        self._returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status; None while it runs."""
        if self._returncode is None and not select.select([self._status], [], [], 0)[0]:
            return None
        return self.wait()

    def wait(self) -> int:
        """Wait for its end and return the exit status; -SIGKILL if its parent has ended too."""
        if self._returncode is None:
            self._returncode = int(os.read(self._status, 16) or -signal.SIGKILL)
            os.close(self._status)
        return self._returncode


def fork(descriptors: list[int], log: TextIO) -> ForkedProcess:
    """Fork an engine process that gets the descriptors of its two sockets; its output goes to the log."""
    with blocked():
        pid = os.fork()
        if pid == 0:
            try:
                for number in (1, 2):
                    os.dup2(log.fileno(), number)
                sys.stdout = sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)
                from ifcjob_runner.processes.engine_main import main_of_fork  # imports what only the fork needs

                main_of_fork(descriptors)
            except BaseException:  # noqa: BLE001 - it must not continue as the supervisor
                import traceback  # only a failure needs it

                traceback.print_exc()
            finally:
                os._exit(1)
    return ForkedProcess(pid)
