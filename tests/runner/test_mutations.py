"""Damaged files: no run fails as a bug of ours, every run has a report, and no product is lost without being named.

`python -m tools.mutate` runs ten thousand of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import samples
from tools.mutate import base_file, outcome
from tools.mutations import KINDS

if TYPE_CHECKING:
    from pathlib import Path

PER_KIND = 12


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4"])
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_damaged_file_never_fails_as_a_bug(tmp_path: Path, kind: str, schema: str) -> None:
    base = base_file(samples.write(samples.two_walls_with_opening(schema), tmp_path / "good.ifc"), tmp_path)
    assert sum(product.is_drawn for product in base.products) == 3
    first = list(KINDS).index(kind)
    numbers = range(first, first + len(KINDS) * PER_KIND, len(KINDS))
    assert {number: bugs for number in numbers if (bugs := outcome(base, number, tmp_path).bugs)} == {}
