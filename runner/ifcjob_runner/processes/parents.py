"""Have Linux end a process with its parent, or reap the processes that outlive theirs."""

import os
import signal

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends."""
    signal_with_parent(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(os.EX_SOFTWARE)


def signal_with_parent(number: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent ends."""
    _prctl(_PR_SET_PDEATHSIG, number)


def adopt_orphans(*, adopt: bool = True) -> None:
    """Become the parent of descendants whose parent dies: not every first process of a container reaps orphans."""
    _prctl(_PR_SET_CHILD_SUBREAPER, int(adopt))


def _prctl(option: int, value: int) -> None:
    import ctypes  # slow, and few processes need it

    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
