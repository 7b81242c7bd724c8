"""The supervisor's end of a child."""

import pytest

from ifcjob_runner.processes.engine_process import Child
from tests.support.connections import half_a_message


def test_a_child_that_dies_in_the_middle_of_a_message_has_ended() -> None:
    with half_a_message() as connection, pytest.raises(EOFError):
        Child(0, connection).receive()
