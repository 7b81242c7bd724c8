"""The process of a clone of the engine process, as `subprocess.Popen` has that of the engine process."""

import os
import select
import signal


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
