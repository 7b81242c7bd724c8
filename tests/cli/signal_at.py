"""The command of scripted_pipeline, which gets a signal at a given moment: `signal_at NUMBER MOMENT COUNT ARGUMENT...`.

The moment is `fork`, when the command forks its lane number COUNT, or `end`, when it waits for that lane to end.
"""

from __future__ import annotations

import os
import runpy
import sys
import time

_real_fork, _real_wait = os.fork, os.waitpid


class _Moment:
    """Counts the calls of a function and sends the signal at one of them."""

    def __init__(self, number: int, count: int) -> None:
        self._number, self._count, self._calls = number, count, 0

    def fork(self) -> int:
        """Fork, with time for earlier lanes to begin their files, and for the signal to come first in the new one."""
        time.sleep(0.2)
        if (pid := _real_fork()) == 0:
            time.sleep(0.2)
        else:
            self._call()
        return pid

    def wait(self, pid: int, options: int) -> tuple[int, int]:
        """Wait for a process; those that only ask for its status do not count."""
        if options == 0:
            self._call()
        return _real_wait(pid, options)

    def _call(self) -> None:
        self._calls += 1
        if self._calls == self._count:
            os.kill(os.getpid(), self._number)


if __name__ == "__main__":
    number, name, count = sys.argv[1:4]
    del sys.argv[1:4]
    moment = _Moment(int(number), int(count))
    if name == "fork":
        os.fork = moment.fork
    else:
        os.waitpid = moment.wait
    runpy.run_module("tests.cli.scripted_pipeline", run_name="__main__")
