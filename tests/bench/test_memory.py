"""The comparison of the memory that is advised with what runs use."""

import pytest

from bench.memory import Row, section

MB, MIB = 1_000_000, 1 << 20


@pytest.mark.parametrize(
    ("size", "advised", "used", "holds"),
    [(1, 512, 100, True), (1, 99, 100, False), (9, 200, 100, True), (9, 201, 100, False), (9, 99, 100, False)],
)
def test_an_advice_covers_the_use_and_is_near_it_for_a_large_file(
    size: int, advised: int, used: int, *, holds: bool
) -> None:
    """The sizes are in MB, the memory is in MiB."""
    row = Row("house", size * MB, 1, advised * MIB, used * MIB)
    assert row.holds == holds
    assert section([row]).count("**FAIL**") == (not holds)
