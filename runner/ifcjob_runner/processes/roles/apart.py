"""Do work in a process of its own, which gives all its memory back when it ends; freeing objects does not."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, TypeVar

from ifcjob_runner.processes.parents import die_with

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Result = TypeVar("Result")
_NOT_ENDED, _TOO_DEEP = 70, 71


def result_of(work: Callable[[], Result], file: Path) -> Result:
    """Do the work in a forked process, and return its result, through `file`; if it fails, end as it ended.

    An exception is reported by the forked process, as by any child. If the result is nested too deep to be passed, do
    the work again in this process.
    """
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        die_with(parent)
        made = work()
        try:
            content = pickle.dumps(made, pickle.HIGHEST_PROTOCOL)
        except RecursionError:
            os._exit(_TOO_DEEP)
        file.write_bytes(content)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status == _TOO_DEEP:
        return work()
    if status < 0:
        os.kill(parent, -status)
    if status != 0:
        os._exit(status if status > 0 else _NOT_ENDED)
    result: Result = pickle.loads(file.read_bytes())  # noqa: S301 - written above
    file.unlink()
    return result
