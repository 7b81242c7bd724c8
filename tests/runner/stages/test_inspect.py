"""The inspect stage: good files pass, truncated ones fail, and content that the engine drops becomes a finding."""

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
from tests.support.step_text import CUT, DATA, END, GOOD, HEADER, engine_reads, inspected, refused

CORPUS = Path(os.environ.get("IFCJOB_CORPUS", Path(__file__).parents[3].parent / "shared" / "ifc"))
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"needs the real models in IFCJOB_CORPUS ({CORPUS})")


def test_a_good_file_passes_without_findings(tmp_path: Path) -> None:
    assert inspected(tmp_path, GOOD) == Inspected(tmp_path / "input", "IFC4", "IFC4", len(GOOD), 1, [], instances=3)


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


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3_ADD2", "IFC2x3", "ifc4x3_add2"])
def test_a_supported_schema_has_the_engine_name(tmp_path: Path, schema: str) -> None:
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
def test_a_truncated_file_is_refused(tmp_path: Path, content: str) -> None:
    assert refused(tmp_path, content).reason == FailureReason.TRUNCATED_FILE


def test_a_truncated_file_shows_its_last_characters(tmp_path: Path) -> None:
    assert "…AN office',$,$,$); #3=IFCPERSONANDORG"[3:] in refused(tmp_path, CUT).message


@pytest.mark.parametrize("ending", ["ENDSEC;\n", "ENDSEC;", "ENDSEC;\nEND-ISO-1030", "ENDSEC;\n\0\0\0"])
def test_a_missing_end_line_alone_is_a_finding(tmp_path: Path, ending: str) -> None:
    assert codes(inspected(tmp_path, HEADER + DATA + ending)) == ["MissingEndLine"]
    assert engine_reads(tmp_path / "input") == 3


@pytest.mark.parametrize(("encoding", "word", "count"), [("utf-8", "UTF-8", 4), ("latin-1", "Latin-1", 2)])
def test_text_that_is_not_ascii_is_a_finding(tmp_path: Path, encoding: str, word: str, count: int) -> None:
    result = inspected(tmp_path, GOOD.replace("Ada", "Zoë Müller").encode(encoding))
    (finding,) = result.findings
    assert (finding.code, finding.count) == ("NonAsciiText", count)
    assert word in finding.message
    corrected = ifcopenshell.open(result.path, lazy=True)
    assert corrected.by_id(1)[1] == "Zoë Müller"
    model = ifcopenshell.open(tmp_path / "input", format=".ifc", lazy=True)
    assert model.by_id(1)[1] == "Zo Mller", "the engine keeps these characters now: no copy is needed"


def test_utf8_is_recognised_across_chunks(tmp_path: Path) -> None:
    filler = "/* " + "é" * 300_000 + " */\n"
    for shift in ("", " "):
        (finding,) = inspected(tmp_path, (HEADER + shift + DATA + filler + END).encode()).findings
        assert finding.count == 600_000
        assert "UTF-8" in finding.message


def test_stray_zero_bytes_are_a_finding(tmp_path: Path) -> None:
    result = inspected(tmp_path, GOOD.replace("#2=", "\0\0#2="))
    assert engine_reads(result.path) == 3
    (finding,) = result.findings
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


def test_inspecting_takes_at_most_3_ms_per_mb(tmp_path: Path) -> None:
    line = "#1=IFCCARTESIANPOINT((0.123456,1.234567,2.345678));\n"
    content = HEADER + "DATA;\n" + line * (20_000_000 // len(line)) + END
    inspected(tmp_path, content)  # warms the page cache
    seconds = []
    for _ in range(5):
        start = time.process_time()  # one thread: other processes on the machine do not count
        inspect(tmp_path / "input", "a.ifc", tmp_path)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.001 * len(content) / 1e6 * 3, "about 1.3 ms per MB"


@needs_corpus
@pytest.mark.corpus
def test_every_corpus_file_passes_or_has_the_expected_reason(tmp_path: Path) -> None:
    refusals = {}
    for path in sorted(CORPUS.rglob("*.ifc")):
        try:
            result = inspect(path, path.name, tmp_path)
        except RunFailure as failure:
            refusals[path.name] = failure.reason
        else:
            assert result.data_sections == 1
            assert codes(result) == (["NonStandardSchema"] if path.name == "kit_road.ifc" else []), path.name
    expected = {"invalid.ifc": FailureReason.NOT_AN_IFC_FILE}
    assert {name: reason for name, reason in refusals.items() if name in expected} == expected
    assert set(refusals) == set(expected)


@given(data=st.data())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_has_a_failure_reason(tmp_path: Path, data: st.DataObject) -> None:
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
