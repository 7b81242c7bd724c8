"""Handles of forked engine processes, as `subprocess.Popen` is the handle of one that was started as a program."""

import os
import select
import signal


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
