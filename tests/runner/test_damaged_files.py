"""Whole runs of damaged files: what cannot be read is lost and named with its line, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

from tests.runner.malformed import BAD, GOOD, two_walls
from tests.support.runs import Finished, run_file

if TYPE_CHECKING:
    from pathlib import Path


def line_of(content: bytes, start: bytes) -> int:
    """Return the number of the line that begins so."""
    return next(n for n, line in enumerate(content.split(b"\n"), 1) if line.startswith(start))


def run_changed(tmp_path: Path, old: bytes, new: bytes) -> tuple[Finished, bytes]:
    """Run the two walls with one change, and return the run and the content."""
    path = two_walls(tmp_path)
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new))
    finished = run_file(path, tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    return finished, content


def message(finished: Finished, code: str) -> str:
    """Return the message of the finding with this code."""
    return next(finding["message"] for finding in finished.manifest["findings"] if finding["code"] == code)


def names(finished: Finished) -> dict[str, str | None]:
    table = pq.read_table(finished.folder / "elements.parquet", columns=["global_id", "name"]).to_pylist()
    return {row["global_id"]: row["name"] for row in table}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param(
            b"#53=IFCCARTESIANPOINT((0.", b"#53=IFCCARTESIANPOINT((\xe90.", b"#53=", id="high byte in a number"
        ),
        pytest.param(
            b"#53=IFCCARTESIANPOINT((0.", b"#53=IFCCARTESIANPOINT((\x000.", b"#53=", id="zero byte in a number"
        ),
        pytest.param(b"#53=IFCCARTESIANPOINT((0.,", b"#53=IFCCARTESIANPOINT((\xff\xff,", b"#53=", id="no number"),
        pytest.param(b"#52=IFCAXIS2PLACEMENT3D(#53,", b"#52=IFCAXIS2PLACEMENT3D(\x80,", b"#52=", id="no point"),
        pytest.param(b"#51=IFCLOCALPLACEMENT($,", b"#51=IFCLOCALPLACEMENT($\x00,", b"#51=", id="placement"),
        pytest.param(b"#58=IFCCSGSOLID(#37)", b"#58=IFCCSGSOLID(\xb037)", b"#58=", id="solid"),
        pytest.param(b"#59=IFCSHAPEREPRESENTATION(#36,'", b"#59=IFCSHAPEREPRESENTATION(#36,\xe4'", b"#59=", id="shape"),
        pytest.param(
            b"#60=IFCPRODUCTDEFINITIONSHAPE($", b"#60=IFCPRODUCTDEFINITIONSHAPE(\xe4", b"#60=", id="product shape"
        ),
    ],
)
def test_an_element_with_an_unreadable_part_is_skipped(tmp_path: Path, old: bytes, new: bytes, line: bytes) -> None:
    finished, content = run_changed(tmp_path, old, new)
    assert f"line {line_of(content, line)} ({line[:-1].decode()}=" in message(finished, "UnreadableLine")
    assert [skipped["globalId"] for skipped in finished.manifest["coverage"]["skipped"]] == [BAD]
    assert finished.manifest["coverage"]["emitted"] == 1


@pytest.mark.parametrize("value", [b"#1", b"1.5", b"\xe9", b"(#1,#2)", b".T."])
def test_a_name_that_is_no_text_is_lost_alone(tmp_path: Path, value: bytes) -> None:
    finished, content = run_changed(tmp_path, b"'Bad'", value)
    assert names(finished) == names(finished) | {GOOD: "Good", BAD: None}
    codes = {finding["code"]: finding["message"] for finding in finished.manifest["findings"]}
    text = codes.get("NotText") or codes["UnreadableValue"]
    assert f"line {line_of(content, b'#50=')} (#50" in text
    assert finished.manifest["coverage"]["emitted"] == 2


def test_zero_bytes_in_a_name_are_removed_from_it(tmp_path: Path) -> None:
    finished, content = run_changed(tmp_path, b"'Bad'", b"'B\0\0ad'")
    assert names(finished)[BAD] == "Bad"
    assert f"line {line_of(content, b'#50=')}" in message(finished, "ZeroBytesInText")


@pytest.mark.parametrize("behind", [b"", b"/* a comment with its end */"])
def test_a_comment_without_an_end_is_the_rest_of_its_line(tmp_path: Path, behind: bytes) -> None:
    finished, content = run_changed(tmp_path, b"#31=IFCLOCALPLACEMENT", b"/* no end\n#31=IFCLOCALPLACEMENT")
    assert f"line {line_of(content, b'#31=')}" in message(finished, "UnclosedComment")
    assert finished.manifest["coverage"]["emitted"] == 2
    finished, _ = run_changed(tmp_path, b"#60=", behind + b"\n#60=")
    assert finished.manifest["findings"] == [] or not behind


def test_a_product_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    finished, content = run_changed(tmp_path, b"'Bad',$,$,#51,#60,$,$);", b"'Bad,$,$,#51\xe9(,#60,$,$);")
    lost = next(f for f in finished.manifest["findings"] if f["code"] == "UnreadableLine")
    assert lost["globalIds"] == [BAD]
    assert f"line {line_of(content, b'#50=')} (#50=IFCWALL)" in lost["message"]
    assert GOOD in names(finished)


def renumbered(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with every STEP id raised by five thousand million."""
    return row | {key: row[key] + 5_000_000_000 for key in row if key.endswith("step_id") and row[key] is not None}


def test_numbers_above_the_limit_of_the_engines_are_kept_in_the_artifacts(tmp_path: Path) -> None:
    lines = (
        "#70=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#50),#71)",
        "#71=IFCPROPERTYSET(GUID,'P',$,(#72))",
        "#72=IFCPROPERTYSINGLEVALUE('p',$,IFCLABEL('v'),$)",
    )
    path = two_walls(tmp_path, extra="\n".join(lines))
    plain = run_file(path, tmp_path / "plain")
    content = path.read_text()
    for number in range(99, 0, -1):
        content = content.replace(f"#{number}=", f"#{number + 5_000_000_000}=")
        for end in ",);":
            content = content.replace(f"#{number}{end}", f"#{number + 5_000_000_000}{end}")
    path.write_text(content)
    finished = run_file(path, tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert [finding["code"] for finding in finished.manifest["findings"]] == ["LargeInstanceNumbers"]
    for name in ("elements.parquet", "properties.parquet", "relations.parquet"):
        before = pq.read_table(plain.folder / name).to_pylist()
        after = pq.read_table(finished.folder / name).to_pylist()
        assert [renumbered(row) for row in before] == after
    assert finished.document("metadata.json")["project"]["stepId"] == 5_000_000_001
    assert finished.document("spatial-tree.json")["root"]["children"][0]["stepId"] == 5_000_000_020
    assert finished.glb.read_bytes() == plain.glb.read_bytes()
