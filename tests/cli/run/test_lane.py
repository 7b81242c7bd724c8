"""The command's end of a lane."""

import pytest

from ifcjob_cli.run.lane import Lane
from tests.support.connections import half_a_message


def test_a_lane_that_dies_in_the_middle_of_a_message_has_ended() -> None:
    with half_a_message() as connection, pytest.raises(EOFError):
        Lane(0, connection).receive()
