"""A stop signal ends a run as Interrupted, whatever library it meets."""

import signal

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_runner.processes.signals import interruptible


def build(number: signal.Signals) -> None:
    """Be stopped, and say something else, as pydantic does while it builds a serializer."""
    try:
        signal.raise_signal(number)
    except RunFailure as stop:
        raise ValueError(f"cannot build: {stop}") from stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_library_that_makes_its_own_error_of_a_stop_does_not_hide_it(number: signal.Signals) -> None:
    with pytest.raises(RunFailure) as failed, interruptible():
        build(number)
    assert failed.value.reason == FailureReason.INTERRUPTED
    assert number.name in str(failed.value)


def test_an_error_without_a_stop_stays_what_it_is() -> None:
    with pytest.raises(ValueError, match="wrong"), interruptible():
        raise ValueError("wrong")
