"""Whole runs of damaged files: what cannot be read is lost and named with its line, and nothing else."""

from __future__ import annotations

import re
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


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"#53=IFCCARTESIANPOINT((0.,0.,0.));", b"#53=IFCCARTESIANPOINT((0.,0.,0.);", id="closing bracket"),
        pytest.param(b"#53=IFCCARTESIANPOINT((0.,0.,0.));", b"#53=IFCCARTESIANPOINT(0.,0.,0.));", id="opening bracket"),
        pytest.param(b"#52=IFCAXIS2PLACEMENT3D(#53,", b"#52=IFCAXIS2PLACEMENT3D(',", id="stray quote"),
        pytest.param(b"#53=IFCCARTESIANPOINT(", b"#53IFCCARTESIANPOINT(", id="equals sign"),
        pytest.param(b"#53=IFCCARTESIANPOINT(", b"53=IFCCARTESIANPOINT(", id="number sign"),
        pytest.param(b"#53=IFCCARTESIANPOINT(", b"#53=IFCCARTSIANPOINT(", id="letter of the class"),
        pytest.param(b"#58=IFCCSGSOLID(#37);", b"#58=IFCCSGSOLID(#37;", id="bracket of the solid"),
        pytest.param(b"#60=IFCPRODUCTDEFINITIONSHAPE($", b"#60=IFCPRODUCTDEFI;ITIONSHAPE($", id="class in two"),
    ],
)
def test_a_lost_mark_costs_its_statement_alone(tmp_path: Path, old: bytes, new: bytes) -> None:
    finished, content = run_changed(tmp_path, old, new)
    assert names(finished) == {GOOD: "Good", BAD: "Bad"} | names(finished)
    assert f"line {line_of(content, old[:4])}" in message(finished, "UnreadableLine")
    assert [skipped["globalId"] for skipped in finished.manifest["coverage"]["skipped"]] == [BAD]
    assert finished.manifest["coverage"]["emitted"] == 1


def test_statements_behind_a_joined_line_are_read(tmp_path: Path) -> None:
    extra = "#70=IFCPERSON($,'A',$,$,$,$,$,$)\n#71=IFCPERSON($,'B',$,$,$,$,$,$)\n#72=IFCWALL(GUID,'Last',$,$,$,$,$,$)"
    path = two_walls(tmp_path, extra=extra)
    path.write_bytes(path.read_bytes().replace(b"$,$,$,$,$);\n#71=IFCPERSON(", b"$,$,E("))
    finished = run_file(path, tmp_path / "out")
    assert "(#70=IFCPERSON): its brackets do not match" in message(finished, "UnreadableLine")
    assert "Last" in names(finished).values()


def test_only_the_first_of_two_statements_with_one_number_is_read(tmp_path: Path) -> None:
    finished, content = run_changed(
        tmp_path, b"#60=", b"#30=IFCWALL('0000000000000000000077',$,'Twin',$,$,$,$,$,$);#60="
    )
    lost = next(f for f in finished.manifest["findings"] if f["code"] == "UnreadableLine")
    assert f"line {line_of(content, b'#30=')} has the same number" in lost["message"]
    assert lost["globalIds"] == ["0000000000000000000077"]
    assert names(finished) == names(finished) | {GOOD: "Good", BAD: "Bad"}


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        pytest.param(b"#51,#60,$", b"#51,#99,$", "#50 (IfcWall, attribute 7) to #99", id="shape"),
        pytest.param(
            b"$,$,(#59));", b"$,$,(#99));", "#60 (IfcProductDefinitionShape, attribute 3) to #99", id="representation"
        ),
        pytest.param(b"(#58));", b"(#99));", "#59 (IfcShapeRepresentation, attribute 4) to #99", id="item"),
    ],
)
def test_an_element_that_refers_to_nothing_is_skipped(tmp_path: Path, old: bytes, new: bytes, place: str) -> None:
    finished, _ = run_changed(tmp_path, old, new)
    ids = {finding["code"]: finding["globalIds"] for finding in finished.manifest["findings"]}
    assert ids == {"MissingReference": [BAD], "NotDrawn": [BAD]}
    assert place in message(finished, "MissingReference")
    assert [skipped["globalId"] for skipped in finished.manifest["coverage"]["skipped"]] == [BAD]


def test_an_element_whose_body_lacks_an_item_is_doubtful(tmp_path: Path) -> None:
    finished, _ = run_changed(tmp_path, b"'CSG',(#58));", b"'CSG',(#58,#99));")
    coverage = finished.manifest["coverage"]
    listed = [*coverage["skipped"], *coverage["doubtful"]]
    assert [element["globalId"] for element in listed] == [BAD]
    assert message(finished, "MissingReference").endswith("to #99")


@pytest.mark.parametrize("shape", [b"#36", b"#32", b"#30"])
def test_an_element_with_something_else_as_its_shape_is_skipped(tmp_path: Path, shape: bytes) -> None:
    finished, _ = run_changed(tmp_path, b"#51,#60,$", b"#51," + shape + b",$")
    assert [skipped["globalId"] for skipped in finished.manifest["coverage"]["skipped"]] == [BAD]


def test_something_else_than_a_property_set_is_named(tmp_path: Path) -> None:
    path = two_walls(tmp_path, extra="#70=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#50),#33)")
    finished = run_file(path, tmp_path / "out")
    assert message(finished, "WrongReference").endswith("#33")


def test_a_value_of_an_unknown_type_is_named(tmp_path: Path) -> None:
    lines = (
        "#70=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#50),#71)",
        "#71=IFCPROPERTYSET(GUID,'P',$,(#72,#73))",
        "#72=IFCPROPERTYSINGLEVALUE('p',$,IFCTHERMAL(0.24),$)",
        "#73=IFCPROPERTYSINGLEVALUE('q',$,IFCREAL(0.25),$)",
    )
    finished = run_file(two_walls(tmp_path, extra="\n".join(lines)), tmp_path / "out")
    assert message(finished, "UnreadableValue").endswith(": #72")
    rows = pq.read_table(finished.folder / "properties.parquet").to_pylist()
    assert [(row["name"], row["value"]) for row in rows] == [("p", None), ("q", "0.25")]


def test_a_comment_with_marks_of_statements_costs_nothing(tmp_path: Path) -> None:
    finished, _ = run_changed(tmp_path, b"#60=", b"/* don't: #1=(( ; */#60=")
    assert finished.manifest["findings"] == []
    assert finished.manifest["coverage"]["emitted"] == 2


def test_an_unknown_enumeration_value_is_named_with_its_line(tmp_path: Path) -> None:
    finished, content = run_changed(tmp_path, b"#51,#60,$,$)", b"#51,#60,$,.FOO.)")
    expected = f"line {line_of(content, b'#50=')}: .FOO. is not a value of IfcWallTypeEnum"
    assert message(finished, "UnreadableValue").endswith(expected)
    assert set(names(finished)) >= {GOOD, BAD}


def test_comments_between_the_tokens_of_a_statement_cost_nothing(tmp_path: Path) -> None:
    finished, _ = run_changed(tmp_path, b"#50=IFCWALL(", b"/*'*/ #50 /*;*/ = /*(*/ IFCWALL /*)*/ (")
    assert finished.manifest["findings"] == []
    assert finished.manifest["coverage"]["emitted"] == 2


def test_a_comment_behind_the_brackets_of_a_statement_costs_nothing(tmp_path: Path) -> None:
    finished, _ = run_changed(tmp_path, b"#51,#60,$,$)", b"#51,#60,$,$) /*'*/")
    assert finished.manifest["findings"] == []
    assert finished.manifest["coverage"]["emitted"] == 2


def test_numbers_above_63_bits_are_replaced(tmp_path: Path) -> None:
    path = two_walls(tmp_path)
    path.write_bytes(re.sub(rb"#(50|51)(?=[=,)])", rb"#\g<1>000000000000000000000", path.read_bytes()))
    finished = run_file(path, tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert message(finished, "LargeInstanceNumbers").endswith("2 above 9223372036854775807, which have new numbers")
    assert finished.manifest["coverage"]["emitted"] == 2


def test_a_value_without_a_type_and_a_misplaced_enumeration_are_named(tmp_path: Path) -> None:
    lines = (
        "#70=IFCRELDEFINESBYPROPERTIES(GUID,$,$,(#50),#71)",
        "#71=IFCPROPERTYSET(GUID,'P',$,(#72,#73,#74))",
        "#72=IFCPROPERTYSINGLEVALUE('number',$,3.5,$)",
        "#73=IFCPROPERTYSINGLEVALUE('literal',$,IFCLABEL(.FOO.),$)",
        "#74=IFCPROPERTYSINGLEVALUE('beyond',$,IFCREAL(1.E400),$)",
    )
    finished = run_file(two_walls(tmp_path, extra="\n".join(lines)), tmp_path / "out")
    lost = [finding["message"] for finding in finished.manifest["findings"] if finding["code"] == "UnreadableValue"]
    assert any(text.endswith(": #72") for text in lost)
    assert any(text.endswith(".FOO. stands where the schema has no enumeration") for text in lost)


def test_all_data_sections_are_read(tmp_path: Path) -> None:
    finished, _ = run_changed(tmp_path, b"#50=IFCWALL(", b"ENDSEC;\nDATA;\n#50=IFCWALL(")
    assert message(finished, "SeveralDataSections").endswith("All are read.")
    assert set(names(finished)) >= {GOOD, BAD}
    assert finished.manifest["coverage"]["emitted"] == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"#52=IFCAXIS2PLACEMENT3D(#53,$,$)", b"#52=IFCAXIS2PLACEMENT3D(#53,#37,$)", id="solid as an axis"),
        pytest.param(b"#60=", b"#70=IFCRELAGGREGATES(GUID,$,$,$,#30,($));#60=", id="whole without a part"),
        pytest.param(b"#60=", b"#70=IFCRELAGGREGATES(GUID,$,$,$,#30,#50);#60=", id="part without a list"),
        pytest.param(b"#60=", b"#70=IFCRELAGGREGATES(GUID,$,$,$,'x',(#50,.T.));#60=", id="values for whole and part"),
        pytest.param(b"#60=", b"#70=IFCRELVOIDSELEMENT(GUID,$,$,$,'x',1.5);#60=", id="values for host and opening"),
    ],
)
def test_a_reference_of_the_wrong_kind_never_ends_the_run(tmp_path: Path, old: bytes, new: bytes) -> None:
    opening = (
        "#80=IFCOPENINGELEMENT(GUID,$,'Hole',$,$,#31,#40,$,$)\n#81=IFCRELVOIDSELEMENT(GUID,$,$,$,#50,#80)"
        "\n#82=IFCRELAGGREGATES(GUID,$,$,$,#50,(#30))"
    )
    path = two_walls(tmp_path, extra=opening)
    content = path.read_bytes()
    assert content.count(old) == 1
    path.write_bytes(content.replace(old, new.replace(b"GUID", b"'0000000000000000000070'")))
    finished = run_file(path, tmp_path / "out")
    assert finished.report.outcome == "Succeeded", finished.report.failure
    assert set(names(finished)) >= {GOOD, BAD}


def test_a_lost_list_of_a_relation_is_not_replaced(tmp_path: Path) -> None:
    finished, _ = run_changed(tmp_path, b"(#30,#50),#21);", b"(#30\xe9,#50),#21);")
    assert "attribute 5 cannot be read" in message(finished, "UnreadableValue")
    assert "WrongReference" not in {finding["code"] for finding in finished.manifest["findings"]}
    finished, _ = run_changed(tmp_path, b"(#30,#50),#21);", b"(#30,#50),#21\xe9);")
    assert "attribute 6 cannot be read" in message(finished, "UnreadableValue")
    assert "WrongReference" not in {finding["code"] for finding in finished.manifest["findings"]}
