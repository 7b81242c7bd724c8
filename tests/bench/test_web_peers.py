"""The comparison of viewers reports medians, the files' sizes, and a viewer that failed."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from bench.sections import write_section
from bench.web.peers.report import Column, section, table
from bench.web.peers.viewers import FRAGMENTS, IFCJOB, XEOKIT, Model
from bench.web.report import TITLE

SCRIPT = b"draw();" * 300


@pytest.fixture
def model(tmp_path: Path) -> Model:
    path = tmp_path / "model.glb"
    path.write_bytes(bytes(2_500_000))
    return Model(path, 12.3)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    (tmp_path / "page" / "assets").mkdir(parents=True)
    (tmp_path / "page" / "assets" / "index.js").write_bytes(SCRIPT)
    (tmp_path / "page" / "assets" / "unused.js").write_bytes(SCRIPT)
    return tmp_path / "page"


def visit(ready: float = 100.0, picks: tuple[float, ...] = (1.0, 9.0, 2.0)) -> dict[str, Any]:
    return {
        "scripts": ["/assets/index.js"],
        "times": {"ready": ready, "firstImage": 200.0, "complete": 1500.0},
        "orbit": {"frameTime": 50.0, "triangles": 1234567.0, "pixels": 1024000.0},
        "pictures": {"times": [300.0, 100.0, 200.0], "calls": 7, "triangles": 2000000},
        "picks": {"times": list(picks), "hits": 2},
        "memory": {"heap": 5_000_000, "graphics": 7_000_000, "growth": 90_000_000},
    }


def cells(text: str, label: str) -> list[str]:
    (line,) = (line for line in text.splitlines() if line.startswith(f"| {label} |"))
    return [cell.strip() for cell in line.strip("|").split("|")[1:]]


def test_a_number_is_the_median_of_the_visits(page: Path, model: Model) -> None:
    column = Column.of(IFCJOB, page, model, [visit(900), visit(100), visit(300)], None)
    assert cells(table([column]), "loaded") == ["0.30 s"]


def test_the_times_of_a_visit_are_summed_up(page: Path, model: Model) -> None:
    text = table([Column.of(IFCJOB, page, model, [visit()], None)])
    assert cells(text, "complete picture: time") == ["200 ms"]
    assert cells(text, "pick: median") == ["2.0 ms"]
    assert cells(text, "pick: slowest") == ["9.0 ms"]
    assert cells(text, "picks that hit") == ["2 of 3"]
    assert cells(text, "orbit: triangles per frame") == ["1,234,567"]


def test_only_scripts_that_the_page_loads_count_as_its_bundle(page: Path, model: Model) -> None:
    column = Column.of(IFCJOB, page, model, [visit()], None)
    assert column.bundle == len(gzip.compress(SCRIPT))
    assert cells(table([column]), "model file") == ["2.5 MB"]


def test_a_viewer_that_failed_shows_its_error_beside_the_others(page: Path, model: Model) -> None:
    columns = [
        Column.of(IFCJOB, page, model, [visit()], None),
        Column.of(FRAGMENTS, page, Model(model.path, None), [], "Error: out of memory"),
    ]
    text = table(columns)
    assert cells(text, "loaded") == ["0.10 s", "failed"]
    assert cells(text, "conversion") == ["12 s", "not measured"]
    assert "fragments failed: Error: out of memory" in text


def test_the_section_leaves_other_sections_of_the_page_alone(tmp_path: Path, page: Path, model: Model) -> None:
    results = tmp_path / "RESULTS.md"
    write_section(results, "<!-- viewer: begin -->\nkept\n<!-- viewer: end -->\n", TITLE)
    for run in (1, 3):
        columns = [Column.of(viewer, page, model, [visit()] * run, None) for viewer in (IFCJOB, XEOKIT)]
        write_section(results, section({"janesville": columns}, run, [0.5, 2.0]), TITLE)
    text = results.read_text()
    assert text.count("kept") == text.count("### janesville") == text.count(TITLE) == 1
    assert "medians of 3 visits" in text
    assert "load average of 0.5 to 2.0" in text
