"""SIGINT and SIGTERM end a run with a typed failure, at the next bytecode."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from ifcjob.failures import FailureReason, RunFailure

STOPPING = (signal.SIGINT, signal.SIGTERM)


class _Delay:
    """Whether the exception of a signal is delayed, and the delayed exception."""

    active = False
    pending: RunFailure | None = None


@contextmanager
def blocked() -> Iterator[None]:
    """Delay SIGINT and SIGTERM, here and in a process that is forked meanwhile, which has to unblock them itself."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
        for ignored in STOPPING:
            signal.signal(ignored, signal.SIG_IGN)
        stopped = interrupted_by(number)
        if _Delay.active:
            _Delay.pending = stopped
        else:
            raise stopped

    with handled_by(interrupt):
        try:
            yield
        except Exception as error:
            if stopped is None or error is stopped:
                raise
            raise stopped from error


@contextmanager
def handled_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Pass SIGINT and SIGTERM to the handler."""
    before = {number: signal.signal(number, handler) for number in STOPPING}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def interrupted_by(number: int) -> RunFailure:
    """Return the failure of a run that this signal has stopped."""
    return RunFailure(FailureReason.INTERRUPTED, f"the run was stopped by {signal.Signals(number).name}")
