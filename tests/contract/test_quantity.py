"""Quantities of bytes: reading, writing and rounding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifcjob.quantity import as_bytes, byte_quantity, whole_mebibytes


@pytest.mark.parametrize(
    ("size_bytes", "quantity"),
    [
        (2**30, "1Gi"),
        (1536 * 2**20, "1536Mi"),
        (700 * 2**20, "700Mi"),
        (3 * 2**50, "3Pi"),
        (3_500_000_000, "3500M"),
        (2 * 10**9, "2G"),
        (1_000_001, "1000001"),
        (0, "0"),
    ],
)
def test_bytes_are_written_in_the_canonical_form_of_kubernetes(size_bytes: int, quantity: str) -> None:
    assert byte_quantity(size_bytes) == quantity


@given(st.integers(0, 2**53))
def test_written_bytes_are_read_back_exactly(size_bytes: int) -> None:
    assert as_bytes(byte_quantity(size_bytes)) == size_bytes


@given(st.integers(0, 2**53))
def test_bytes_are_rounded_up_to_whole_mebibytes(size_bytes: int) -> None:
    assert 0 <= whole_mebibytes(size_bytes) - size_bytes < 2**20
    assert whole_mebibytes(size_bytes) % 2**20 == 0
