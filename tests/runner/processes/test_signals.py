"""A stop signal ends a run as Interrupted, even inside a library that replaces exceptions."""

import signal

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_runner.processes.signals import interruptible, uninterrupted


def build(number: signal.Signals) -> None:
    """Turn the stop into another error, as pydantic does while it builds a serializer."""
    try:
        signal.raise_signal(number)
    except RunFailure as stop:
        raise ValueError(f"cannot build: {stop}") from stop


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_inside_a_library_is_interrupted(number: signal.Signals) -> None:
    with pytest.raises(RunFailure) as failed, interruptible():
        build(number)
    assert failed.value.reason == FailureReason.INTERRUPTED
    assert number.name in str(failed.value)


def test_an_error_without_a_stop_is_not_changed() -> None:
    with pytest.raises(ValueError, match="wrong"), interruptible():
        raise ValueError("wrong")


def test_a_stop_is_delayed_to_the_end_of_an_uninterrupted_block() -> None:
    steps = []

    def spawn() -> None:
        with uninterrupted():
            signal.raise_signal(signal.SIGTERM)
            steps.append("the rest of the block")
        steps.append("after the block")

    with pytest.raises(RunFailure, match="SIGTERM"), interruptible():
        spawn()
    assert steps == ["the rest of the block"]
