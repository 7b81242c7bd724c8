"""Headers that the engine refuses: read when their meaning is certain, and the engine reads the copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ifcopenshell
import pytest

from tests.support.step_text import DATA, END, GOOD, HEADER, engine_reads, inspected

if TYPE_CHECKING:
    from pathlib import Path

_DESCRIPTION, _NAME, _SCHEMA = HEADER.splitlines(keepends=True)[2:5]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"\xef\xbb\xbf" + GOOD.encode(), "byte order mark", id="byte order mark"),
        pytest.param(GOOD.replace("ISO-10303-21;\n", "", 1), "ISO-10303-21; is missing", id="no first line"),
        pytest.param(GOOD.lower(), "begins with iso", id="lower case"),
        pytest.param(GOOD.replace(_NAME, ""), "FILE_NAME is missing", id="no file name"),
        pytest.param(GOOD.replace(_DESCRIPTION, ""), "FILE_DESCRIPTION is missing", id="no description"),
        pytest.param(GOOD.replace(_NAME, "").replace(_DESCRIPTION, ""), "FILE_NAME is missing", id="schema only"),
        pytest.param(GOOD.replace(_SCHEMA, "").replace("HEADER;\n", "HEADER;\n" + _SCHEMA), "order", id="schema first"),
        pytest.param(GOOD.replace(_NAME, "FILE_FOO('x');\n" + _NAME), "FILE_FOO", id="unknown statement"),
        pytest.param(GOOD.replace("FILE_NAME", "FILE_IDENTIFICATION"), "written", id="statement of a draft"),
        pytest.param(GOOD.replace("(('IFC4'))", "('IFC4')"), "written", id="schema without its list"),
        pytest.param(GOOD.replace("(('IFC4'))", "((IFC4))"), "corrected", id="schema without quotes"),
        pytest.param(GOOD.replace("HEADER;\n", ""), "HEADER; is missing", id="no HEADER"),
        pytest.param("STEP;\n" + GOOD[len("ISO-10303-21;\n") :], "begins with STEP", id="first line of a draft"),
    ],
)
def test_a_header_with_a_certain_meaning_is_read(tmp_path: Path, content: str | bytes, words: str) -> None:
    result = inspected(tmp_path, content)
    (finding,) = result.findings
    assert finding.code == "NonStandardHeader"
    assert words in finding.message
    assert (result.schema, engine_reads(result.path)) == ("IFC4", 3)


def test_the_corrected_header_keeps_its_texts_and_the_line_numbers(tmp_path: Path) -> None:
    content = HEADER.replace(_SCHEMA, "").replace("HEADER;\n", "HEADER;\n" + _SCHEMA) + DATA + END
    result = inspected(tmp_path, content)
    model = ifcopenshell.open(result.path, lazy=True)
    assert model.header.file_name.author == ("An author",)
    assert model.header.file_description.description == ("ViewDefinition [CoordinationView]",)
    line = next(n for n, line in enumerate(result.path.read_text().splitlines(), 1) if line.startswith("#1="))
    assert line == next(n for n, line in enumerate(content.splitlines(), 1) if line.startswith("#1="))
