"""The comparison with an earlier commit, and the sections of the page of results."""

from pathlib import Path

import pytest

from bench.before import medians, rows_of, section
from bench.measure import Pairs, Usage
from bench.sections import existing_sections, write_section


def _pairs(now: list[float], before: list[float]) -> Pairs:
    return Pairs(*(tuple(Usage(wall_seconds=s, cpu_seconds=2 * s) for s in seconds) for seconds in (now, before)))


def test_the_ratio_is_the_median_over_the_pairs() -> None:
    wall, _ = rows_of("house", _pairs([1.0, 9.0, 3.0], [2.0, 3.0, 3.0]))
    assert wall.ratio == pytest.approx(1.0)
    assert (wall.now, wall.before) == (3.0, 3.0)


def test_a_median_above_the_limit_fails_on_the_page() -> None:
    rows = [row for name in ("a", "b", "c") for row in rows_of(name, _pairs([1.2], [1.0]))]
    assert medians(rows) == pytest.approx({"wall": 1.2, "CPU": 1.2})
    assert section(rows, "abc", 1).count("**FAIL**") == 2


def test_writing_a_section_keeps_the_rest_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    first, second = (f"<!-- {name}: begin -->\n{name * 3}\n<!-- {name}: end -->\n" for name in ("one", "two"))
    page.write_text("head\n")
    write_section(page, first)
    write_section(page, second)
    write_section(page, first.replace("oneoneone", "new"))
    assert page.read_text() == "head\n\n" + first.replace("oneoneone", "new") + "\n" + second
    assert existing_sections(page) == "\n" + first.replace("oneoneone", "new") + "\n" + second
