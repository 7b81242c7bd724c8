"""Damaged files: no run fails as a bug of ours, and every run has a report.

`python -m tools.mutate` runs ten thousand of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import samples
from tools.mutate import KINDS, bug

if TYPE_CHECKING:
    from pathlib import Path

PER_KIND = 12


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4"])
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_damaged_file_never_fails_as_a_bug(tmp_path: Path, kind: str, schema: str) -> None:
    content = samples.write(samples.two_walls_with_opening(schema), tmp_path / "good.ifc").read_bytes()
    first = list(KINDS).index(kind)
    numbers = range(first, first + len(KINDS) * PER_KIND, len(KINDS))
    assert [failure for number in numbers if (failure := bug(content, number, tmp_path))] == []
