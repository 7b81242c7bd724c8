"""The page, the measured data and the table of engines agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from tests.geometry.assembly import CASES, model
from tests.geometry.engines import Bench
from tests.geometry.known import KNOWN_WRONG
from tests.geometry.page import PAGE, page
from tests.geometry.prove import DATA
from tests.geometry.step import Setting

if TYPE_CHECKING:
    from pathlib import Path


def test_the_page_shows_the_measured_data_and_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tests.geometry.page"


def test_no_kind_was_wrong_in_silence_that_is_not_a_known_limit() -> None:
    data = orjson.loads(DATA.read_bytes())
    assert set(data) == set(CASES)
    assert {name for name, case in data.items() if case["job"]["wrong"]} <= set(KNOWN_WRONG)


def test_planning_chooses_the_engines_that_were_measured(tmp_path: Path) -> None:
    setting = Setting("IFC4X3_ADD2")
    written = model(setting, [(name, 1) for name, case in CASES.items() if setting.schema in case.schemas])
    path = tmp_path / "proof.ifc"
    path.write_text(written.text, encoding="ascii")
    bench = Bench(path)
    chosen = {
        key: "own" if shape.solids else shape.engine for shape in bench.worklist.shapes for key in bench.keys(shape)
    }
    data = orjson.loads(DATA.read_bytes())
    measured = {name: set(case["ifclite"]["planned"]) for name, case in data.items()}
    differing = {
        instance.case: chosen[instance.global_id]
        for instance in written.instances
        if chosen[instance.global_id] not in measured[instance.case]
    }
    assert differing == {}, "prove again: python -m tests.geometry.prove, then python -m tests.geometry.page"
