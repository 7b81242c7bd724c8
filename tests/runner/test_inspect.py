"""The inspect stage: every wrong file fails in words before the engine sees it, every good one passes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import ifcopenshell
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ifcjob.failures import FailureReason, RunFailure
from ifcjob_runner.stages.inspect import Inspected, inspect

CORPUS = Path(os.environ.get("IFCJOB_CORPUS", Path(__file__).parents[2].parent / "shared" / "ifc"))
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"needs the real models in IFCJOB_CORPUS ({CORPUS})")

HEADER = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION(('ViewDefinition [CoordinationView]'),'2;1');
FILE_NAME('a.ifc','2024-05-01T12:00:00',('An author'),('An office'),'','','');
FILE_SCHEMA(('IFC4'));
ENDSEC;
"""
DATA = """DATA;
#1=IFCPERSON($,'Ada',$,$,$,$,$,$);
#2=IFCORGANIZATION($,'An office',$,$,$);
#3=IFCPERSONANDORGANIZATION(#1,#2,$);
"""
END = "ENDSEC;\nEND-ISO-10303-21;\n"
GOOD = HEADER + DATA + END
CUT = HEADER + DATA[:-20]


def inspected(tmp_path: Path, content: str | bytes, name: str = "a.ifc") -> Inspected:
    path = tmp_path / "input"
    path.write_bytes(content.encode("latin-1") if isinstance(content, str) else content)
    return inspect(path, name)


def refused(tmp_path: Path, content: str | bytes, name: str = "a.ifc") -> RunFailure:
    with pytest.raises(RunFailure) as caught:
        inspected(tmp_path, content, name)
    assert name in caught.value.message
    assert caught.value.hint
    return caught.value


def test_a_good_file_passes_without_findings(tmp_path: Path) -> None:
    assert inspected(tmp_path, GOOD) == Inspected("IFC4", "IFC4", len(GOOD), 1, [])


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("\n  /* a comment; FILE_SCHEMA(('X')); */ " + GOOD, id="comment in front"),
        pytest.param(GOOD.replace("HEADER;", "HEADER; /* FILE_SCHEMA(('IFC2X2')); */"), id="schema in a comment"),
        pytest.param(GOOD.replace("'a.ifc'", "'FILE_SCHEMA((''IFC2X2''));'"), id="schema in a string"),
        pytest.param(GOOD.replace("(('IFC4'))", " ( (\n /* the */ 'IFC4' ) )"), id="spaces in the schema"),
        pytest.param(GOOD.replace("\n", ""), id="all on one line"),
        pytest.param(GOOD.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(GOOD.replace("\n", "\r"), id="CR only"),
        pytest.param(GOOD.replace("'a.ifc'", "$"), id="no file name"),
        pytest.param(GOOD.lower().replace(HEADER.lower(), HEADER), id="lower case data and end"),
        pytest.param(GOOD.replace("(('IFC4'))", "(('ifc4'))"), id="lower case schema"),
        pytest.param(GOOD + "\n\n   \n", id="blank lines behind"),
        pytest.param(GOOD + "SIGNATURE;\nMIIB\nENDSEC;\n", id="signature behind"),
        pytest.param(GOOD + "\0" * 300, id="zero bytes behind"),
        pytest.param(GOOD + "\0" * 300_000, id="many zero bytes behind"),
        pytest.param(GOOD + "x" * 3_000_000, id="much garbage behind"),
        pytest.param(HEADER.replace("ENDSEC;\n", "") + DATA + END, id="header without ENDSEC"),
        pytest.param(HEADER + "DATA('main',('IFC4'));" + DATA[5:] + END, id="named data section"),
        pytest.param(HEADER + "DATA;\n" + END, id="no entities"),
    ],
)
def test_an_unusual_file_passes_and_the_engine_reads_it(tmp_path: Path, content: str) -> None:
    result = inspected(tmp_path, content)
    assert (result.schema, result.findings) == ("IFC4", [])
    assert engine_reads(tmp_path / "input") == content.upper().count("=IFC")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param("hello world\n", "begins with 'hello", id="text"),
        pytest.param(DATA + END, "does not begin with ISO-10303-21", id="no header"),
        pytest.param(GOOD.lower(), "does not begin with ISO-10303-21", id="lower case keywords"),
        pytest.param(GOOD.replace("FILE_SCHEMA(('IFC4'));\n", ""), "no FILE_SCHEMA", id="no schema"),
        pytest.param(GOOD.replace("(('IFC4'))", "($)"), "no FILE_SCHEMA", id="schema $ (crashes the engine)"),
        pytest.param(
            GOOD.replace("(('IFC4'))", "('IFC4')"), "no FILE_SCHEMA", id="schema no list (crashes the engine)"
        ),
        pytest.param(
            GOOD.replace("(('IFC4'))", "((IFC4))"), "no FILE_SCHEMA", id="schema no string (crashes the engine)"
        ),
        pytest.param(
            GOOD.replace("FILE_NAME(", "FILE_FOO('x');\nFILE_NAME("), "FILE_FOO", id="header in another order"
        ),
        pytest.param(GOOD.replace("DATA;", "ANCHOR;\nENDSEC;\nDATA;"), "ANCHOR follows", id="edition 3 anchors"),
    ],
)
def test_an_unreadable_file_is_not_an_ifc_file(tmp_path: Path, content: str, words: str) -> None:
    failure = refused(tmp_path, content)
    assert failure.reason == FailureReason.NOT_AN_IFC_FILE
    assert words in failure.message


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "a.ifcxml",
            b'<?xml version="1.0"?>\n<ifcXML xmlns="http://www.buildingsmart-tech.org/ifc/IFC4/Add2">',
            "ifcXML",
        ),
        ("a.ifc", b'\xef\xbb\xbf<?xml version="1.0"?><doc:iso_10303_28 version="2.0">', "ifcXML"),
        ("a.ifcx", b'{"header": {"ifcxVersion": "ifcx_alpha"}, "data": []}', "IFCX"),
        ("a.ifc", b'{"type": "ifcJSON", "schemaIdentifier": "IFC4"}', "ifcJSON"),
        ("a.json", b'{"type": "CityJSON", "version": "2.0"}', "CityJSON"),
        ("a.gltf", b'{"asset": {"version": "2.0"}, "meshes": []}', "glTF"),
        ("a.json", b"[1, 2]", "JSON"),
        ("a.rvt", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), "Revit"),
        ("a.ifc", b"AC1032\x00\x00\x00\x00", "DWG"),
        ("a.dxf", b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "DXF"),
        ("a.ifc", b"glTF\x02\x00\x00\x00", "GLB"),
        ("a.ifc", b"%PDF-1.7\n", "PDF"),
        ("a.ifc", b"\r\n<!DOCTYPE html>\n<html><body>Sign in</body></html>", "HTML"),
        ("a.ifc", b"<Error><Code>NoSuchKey</Code></Error>", "error message"),
        ("a.dae", b'<?xml version="1.0"?><COLLADA>', "COLLADA"),
        ("a.xkt", b"\x0a\x00\x00\x00\x1d\x00\x00\x00", "XKT"),
        ("a.nwd", b"\x41\x01\x00\x00binary", "Navisworks"),
        ("a.skp", b"\xff\xfe\xff\x0eS\0k\0e\0t\0c\0h\0U\0p\0", "SketchUp"),
        ("a.ifczip", b"PK\x05\x06" + bytes(18), "zip"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "7z"),
        ("a.ifc", b"SQLite format 3\x00", "SQLite"),
        ("a.ifc", GOOD.encode("utf-16"), "UTF-16"),
        ("a.ifc", GOOD.encode("utf-16-le"), "UTF-16"),
        ("a.ifc", GOOD.encode("utf-16-be"), "UTF-16"),
        ("a.ifc", b"\xef\xbb\xbf" + GOOD.encode(), "byte order mark"),
        ("a.ifc", b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n", "Git LFS"),
        ("a.ifc", bytes(5000), "zero bytes"),
        ("a.tar", b"a.ifc".ljust(257, b"\0") + b"ustar\x0000", "tar"),
    ],
)
def test_another_format_is_named(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    failure = refused(tmp_path, content, name)
    assert failure.reason == FailureReason.NOT_AN_IFC_FILE
    assert words in failure.message


@pytest.mark.parametrize(
    ("schema", "what", "hint"),
    [
        ("IFC4X3_RC1", "release candidate", "IFC4X3_ADD2"),
        ("IFC4X3_RC4", "release candidate", "IFC4X3_ADD2"),
        ("IFC4X3", "superseded", "IFC4X3_ADD2"),
        ("IFC4X3_TC1", "superseded", "IFC4X3_ADD2"),
        ("IFC4X3_ADD1", "superseded", "IFC4X3_ADD2"),
        ("IFC4X1", "withdrawn", "IFC4"),
        ("IFC4X2", "withdrawn", "IFC4"),
        ("IFC2X_FINAL", "older than IFC2X3", "IFC4"),
        ("IFC2X2_FINAL", "older than IFC2X3", "IFC4"),
        ("IFC20_LONGFORM", "older than IFC2X3", "IFC4"),
        ("IFC151", "older than IFC2X3", "IFC4"),
        ("IFC2X3_TC1", "variant of IFC2X3", "IFC2X3"),
        ("IFC4_ADD2", "variant of IFC4", "IFC4"),
        ("IFC4X4_DEV", "draft", "IFC4X3_ADD2"),
        ("IFC4 ", "stray text", "'IFC4'"),
        ("IFC2X3 { 1 0 10303 }", "stray text", "'IFC2X3'"),
        ("AUTOMOTIVE_DESIGN { 1 0 10303 214 1 1 1 1 }", "AP214", "building model"),
        ("CONFIG_CONTROL_DESIGN", "AP203", "building model"),
        ("AP242_MANAGED_MODEL_BASED_3D_ENGINEERING_MIM_LF { 1 }", "AP242", "building model"),
        ("STRUCTURAL_FRAME_SCHEMA", "CIS/2", "steel"),
        ("SOMETHING", "another field", "building model"),
        ("", "another field", "building model"),
    ],
)
def test_an_unsupported_schema_is_named_with_what_to_do(tmp_path: Path, schema: str, what: str, hint: str) -> None:
    failure = refused(tmp_path, GOOD.replace("'IFC4'", f"'{schema}'"))
    assert failure.reason == FailureReason.UNSUPPORTED_SCHEMA
    assert repr(schema) in failure.message
    assert what in failure.message
    assert hint in failure.hint
    assert engine_reads(tmp_path / "input") is None, "the engine reads it after all"


def test_two_schemas_are_one_too_many(tmp_path: Path) -> None:
    failure = refused(tmp_path, GOOD.replace("'IFC4'", "'IFC4','IFC2X3'"))
    assert failure.reason == FailureReason.UNSUPPORTED_SCHEMA
    assert "IFC4, IFC2X3" in failure.message


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3_ADD2", "IFC2x3", "ifc4x3_add2"])
def test_a_supported_schema_gets_the_engines_name(tmp_path: Path, schema: str) -> None:
    result = inspected(tmp_path, GOOD.replace("'IFC4'", f"'{schema}'"))
    assert (result.schema, result.schema_identifier) == (schema.upper(), schema)
    assert engine_reads(tmp_path / "input") == 3


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(CUT, id="within an entity"),
        pytest.param(HEADER + DATA, id="between entities"),
        pytest.param(HEADER, id="behind the header"),
        pytest.param(HEADER[:-60], id="within the header"),
        pytest.param(CUT + "\0" * 100_000, id="preallocated, rest never written"),
        pytest.param(CUT + "/* END-ISO-10303-21; */", id="the end is only a comment"),
        pytest.param(HEADER + DATA + "\0" * 8192 + DATA + END, id="a hole in the middle"),
    ],
)
def test_a_cut_file_is_truncated(tmp_path: Path, content: str) -> None:
    assert refused(tmp_path, content).reason == FailureReason.TRUNCATED_FILE


def test_a_truncated_file_shows_where_it_was_cut(tmp_path: Path) -> None:
    assert "…AN office',$,$,$); #3=IFCPERSONANDORG"[3:] in refused(tmp_path, CUT).message


@pytest.mark.parametrize("ending", ["ENDSEC;\n", "ENDSEC;", "ENDSEC;\nEND-ISO-1030", "ENDSEC;\n\0\0\0"])
def test_a_missing_end_line_alone_is_a_finding(tmp_path: Path, ending: str) -> None:
    assert codes(inspected(tmp_path, HEADER + DATA + ending)) == ["MissingEndLine"]
    assert engine_reads(tmp_path / "input") == 3


@pytest.mark.parametrize(("encoding", "word", "count"), [("utf-8", "UTF-8", 4), ("latin-1", "Latin-1", 2)])
def test_text_that_is_not_ascii_is_a_finding(tmp_path: Path, encoding: str, word: str, count: int) -> None:
    (finding,) = inspected(tmp_path, GOOD.replace("Ada", "Zoë Müller").encode(encoding)).findings
    assert (finding.code, finding.count) == ("NonAsciiText", count)
    assert word in finding.message
    model = ifcopenshell.open(tmp_path / "input", format=".ifc", lazy=True)
    assert model.by_id(1)[1] == "Zo Mller", (
        "the engine keeps these characters now: the finding must not say it does not"
    )


def test_utf8_is_recognised_across_the_borders_of_reading(tmp_path: Path) -> None:
    filler = "/* " + "é" * 300_000 + " */\n"
    for shift in ("", " "):
        (finding,) = inspected(tmp_path, (HEADER + shift + DATA + filler + END).encode()).findings
        assert finding.count == 600_000
        assert "UTF-8" in finding.message


def test_stray_zero_bytes_are_a_finding(tmp_path: Path) -> None:
    (finding,) = inspected(tmp_path, GOOD.replace("#2=", "\0\0#2=")).findings
    assert (finding.code, finding.severity, finding.count) == ("ZeroBytes", "error", 2)


@pytest.mark.parametrize("filler", [0, 262_144 - 10, 2_000_000])
def test_a_second_data_section_is_a_finding(tmp_path: Path, filler: int) -> None:
    first = HEADER + DATA
    padding = "/*" + "x" * max(0, filler - len(first)) + "*/\n" if filler else ""
    result = inspected(tmp_path, first + padding + "ENDSEC;\nDATA;\n#4=IFCPERSON($,'Bob',$,$,$,$,$,$);\n" + END)
    assert (codes(result), result.data_sections) == (["SeveralDataSections"], 2)
    assert engine_reads(tmp_path / "input") == 3, (
        "a lazy open reads all sections now: the finding must not say otherwise"
    )


def test_the_pass_is_fast(tmp_path: Path) -> None:
    line = "#1=IFCCARTESIANPOINT((0.123456,1.234567,2.345678));\n"
    content = HEADER + "DATA;\n" + line * (20_000_000 // len(line)) + END
    inspected(tmp_path, content)  # warms the page cache
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        inspect(tmp_path / "input", "a.ifc")
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.001 * len(content) / 1e6 * 3, "about 0.7 ms a MB on an idle machine"


@needs_corpus
@pytest.mark.corpus
def test_every_real_file_passes_or_fails_typed() -> None:
    refusals = {}
    for path in sorted(CORPUS.rglob("*.ifc")):
        try:
            result = inspect(path, path.name)
        except RunFailure as failure:
            refusals[path.name] = failure.reason
        else:
            assert result.data_sections == 1
            assert result.findings == [], path.name
    expected = {
        "kit_road.ifc": FailureReason.UNSUPPORTED_SCHEMA,
        "invalid.ifc": FailureReason.NOT_AN_IFC_FILE,
    }
    assert {name: reason for name, reason in refusals.items() if name in expected} == expected
    assert set(refusals) == set(expected)


@given(data=st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_ends_in_words(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(GOOD.encode())
    pieces = st.sampled_from(
        [b"'", b"(", b")", b";", b"/*", b"*/", b"\0", b"\xff", b"ENDSEC;", b"DATA;", b"\n", b"{", b"<"]
    )
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        content[at : at + data.draw(st.integers(0, 40))] = data.draw(pieces)
    reason = None
    try:
        inspected(tmp_path, bytes(content))
    except RunFailure as failure:
        reason = failure.reason
    assert reason in {
        None,
        FailureReason.NOT_AN_IFC_FILE,
        FailureReason.TRUNCATED_FILE,
        FailureReason.UNSUPPORTED_SCHEMA,
    }


def codes(result: Inspected) -> list[str]:
    return [finding.code for finding in result.findings]


def engine_reads(path: Path) -> int | None:
    """Count the entities the real engine reads; None when it refuses the file."""
    try:
        return len(list(ifcopenshell.open(path, format=".ifc", lazy=True)))
    except ifcopenshell.Error:
        return None
