"""SIGINT and SIGTERM end a run as a typed failure, at the next bytecode, whatever it is doing."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ifcjob.failures import FailureReason, RunFailure


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise RunFailure(Interrupted) in the body on SIGINT or SIGTERM; a second signal changes nothing."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        name = signal.Signals(number).name
        raise RunFailure(FailureReason.INTERRUPTED, f"the run was stopped by {name}")

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
