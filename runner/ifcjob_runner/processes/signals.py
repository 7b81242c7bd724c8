"""SIGINT and SIGTERM end a run with a typed failure, at the next bytecode."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ifcjob.failures import FailureReason, RunFailure


class _Delay:
    """Whether the exception of a signal is delayed, and the delayed exception."""

    active = False
    pending: RunFailure | None = None


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay the exception of `interruptible` to the end of the block, which must not be left half done."""
    _Delay.active = True
    try:
        yield
    finally:
        _Delay.active = False
        pending, _Delay.pending = _Delay.pending, None
        if pending is not None:
            raise pending


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise RunFailure(Interrupted) in the body on SIGINT or SIGTERM; a second signal changes nothing.

    A library may turn that exception into one of its own; the body then still ends with RunFailure(Interrupted).
    """
    stopped: RunFailure | None = None

    def interrupt(number: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        for ignored in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ignored, signal.SIG_IGN)
        name = signal.Signals(number).name
        stopped = RunFailure(FailureReason.INTERRUPTED, f"the run was stopped by {name}")
        if _Delay.active:
            _Delay.pending = stopped
        else:
            raise stopped

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except Exception as error:
        if stopped is None or error is stopped:
            raise
        raise stopped from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
