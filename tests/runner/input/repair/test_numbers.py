"""Numbers that STEP does not have: read when their meaning is certain, else lost with a finding that says where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from ifcjob_runner.input.number_samples import NumberSamples
from ifcjob_runner.input.repair.numbers import Numbers
from tests.support.glb import Glb
from tests.support.runs import Finished, run_file
from tests.support.solid_text import SolidText

if TYPE_CHECKING:
    from pathlib import Path


def run_text(tmp_path: Path, *changes: tuple[str, str], gap: int = 0) -> tuple[Finished, str]:
    """Run two walls with a property each after changes; `gap` persons come first. Return the text, too."""
    text = SolidText("IFC4", "m")
    for _ in range(gap):
        text.add("IFCPERSON($,'A person of many names','A given name',$,$,$,$,$)")
    for x in (0.0, 10.0):
        wall = text.wall([text.box((x, 0.25, 0.5), (x + 1.25, 1.75, 3.75))], name=f"Wall {x}")
        value = text.add("IFCPROPERTYSINGLEVALUE('Width',$,IFCLENGTHMEASURE(0.75),$)")
        pset = text.add(f"IFCPROPERTYSET('{text.guid()}',$,'Pset',$,(#{value}))")
        text.add(f"IFCRELDEFINESBYPROPERTIES('{text.guid()}',$,$,$,(#{wall}),#{pset})")
    path = text.write(tmp_path / "a.ifc")
    content = path.read_text(encoding="ascii")
    for old, new in changes:
        assert old in content
        content = content.replace(old, new, 1)
    path.write_text(content, encoding="ascii")
    finished = run_file(path, tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    return finished, content


def boxes(finished: Finished) -> list[list[float]]:
    """Return the lowest and highest corners of the drawn elements."""
    drawn = Glb(finished.glb).drawn().values()
    return sorted([*map(float, [*mesh.positions.min(0), *mesh.positions.max(0)])] for mesh in drawn)


def codes(finished: Finished) -> dict[str, str]:
    return {finding["code"]: finding["message"] for finding in finished.manifest["findings"]}


def widths(finished: Finished) -> list[float | None]:
    table = pq.read_table(finished.folder / "properties.parquet").to_pylist()
    return [row["number"] for row in table if row["name"] == "Width"]


DEPTH, POINT, WIDTH = ",3.25);", "((0.0,0.25,0.5))", "IFCLENGTHMEASURE(0.75)"
BOTH = [[0.0, 0.25, 0.5, 1.25, 1.75, 3.75], [10.0, 0.25, 0.5, 11.25, 1.75, 3.75]]


@pytest.mark.parametrize("gap", [0, 6_000], ids=["sampled", "behind the sample"])
@pytest.mark.parametrize(
    ("changes", "width"),
    [
        pytest.param([(POINT, "((0.0,.25,.5))"), ("((10.0,0.25,0.5))", "((10.0, .25,+.5))")], 0.75, id="points"),
        pytest.param([(DEPTH, ",.325E1);")], 0.75, id="depth"),
        pytest.param([(WIDTH, "IFCLENGTHMEASURE(.5)")], 0.5, id="property"),
        pytest.param([(WIDTH, "IFCLENGTHMEASURE(-.5)")], -0.5, id="negative property"),
    ],
)
def test_a_number_without_a_digit_before_its_point_is_read(
    tmp_path: Path, changes: list[tuple[str, str]], width: float, gap: int
) -> None:
    finished, _ = run_text(tmp_path, *changes, gap=gap)
    assert boxes(finished) == [*map(pytest.approx, BOTH)]
    assert widths(finished)[0] == width


NOT_NUMBERS = ["NaN", "nan", "1.#INF", "-1.#IND", "1.#QNAN", "-nan(ind)", "inf", "3,25"]


@pytest.mark.parametrize("number", NOT_NUMBERS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(DEPTH, ",{});", id="depth"),
        pytest.param(POINT, "((0.0,{},0.5))", id="point"),
    ],
)
def test_an_element_with_a_number_that_is_none_is_skipped(tmp_path: Path, old: str, new: str, number: str) -> None:
    finished, content = run_text(tmp_path, (old, new.format(number)))
    at = content.splitlines().index(next(row for row in content.splitlines() if new.format(number) in row)) + 1
    assert f"line {at} (" in codes(finished)["UnreadableLine"]
    assert boxes(finished) == [pytest.approx(BOTH[1])]
    assert len(finished.manifest["coverage"]["skipped"]) == 1


@pytest.mark.parametrize("gap", [0, 6_000], ids=["sampled", "behind the sample"])
@pytest.mark.parametrize("number", [number for number in NOT_NUMBERS if number not in ("nan", "inf")])
def test_a_property_that_is_no_number_is_lost_with_its_line(tmp_path: Path, number: str, gap: int) -> None:
    finished, content = run_text(tmp_path, (WIDTH, f"IFCLENGTHMEASURE({number})"), gap=gap)
    at = content[: content.index(f"IFCLENGTHMEASURE({number})")].count("\n") + 1
    messages = codes(finished)
    number_of_value = content.splitlines()[at - 1].partition("=")[0]
    unread = messages.get("UnreadableInstance", "").split()
    assert f"line {at} (" in messages.get("UnreadableValue", "") or number_of_value in unread
    assert widths(finished) in ([None, 0.75], [0.75])
    assert boxes(finished) == [*map(pytest.approx, BOTH)]


def test_a_file_with_decimal_commas_alone_draws_nothing_wrong(tmp_path: Path) -> None:
    path = tmp_path / "b.ifc"
    run_text(tmp_path)
    content = (tmp_path / "a.ifc").read_text(encoding="ascii")
    head, data = content.split("DATA;")
    path.write_text(head + "DATA;" + data.replace(".0", "").replace(".", ",").replace(",METRE,", ".METRE."))
    finished = run_file(path, tmp_path / "out-b")
    assert finished.report.outcome == "Failed" or "UnreadableLine" in codes(finished)
    if finished.report.outcome == "Succeeded":
        assert not finished.glb.exists() or boxes(finished) == []


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("#1=IFCX((0.5,-1.5E-3),.T.,'a .5 b, .5',$);", False),
        ("#1=IFCX((0.5,.5),$);", True),
        ("#1=IFCX((0.5,\n-.5),$);", True),
        ("#1=IFCX(-nan(ind));", True),
        ("#1=IFCX(1.#INF);", True),
        ("#1=IFCCARTESIANPOINT((1,5,2,5));", True),
        ("#1=IFCX('nan, inf, 1.#INF');", False),
    ],
)
def test_samples_show_odd_numbers_outside_texts(text: str, odd: bool) -> None:  # noqa: FBT001 - a parameter
    samples = NumberSamples()
    samples.add(bytearray(text.encode()))
    assert samples.has_odd is odd


def test_numbers_in_texts_and_comments_stay() -> None:
    numbers = Numbers()
    assert numbers.in_step(b"#1=IFCX('a,.5',/*,.5 */ .5,+.5E3,1.5D-3,2D0,.T.);", 7) == (
        b"#1=IFCX('a,.5',/*,.5 */ 0.5,+0.5E3,1.5E-3,2.E0,.T.);"
    )
    assert numbers.lines == {7}
