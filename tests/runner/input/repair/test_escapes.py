"""Escapes in texts: every character that is meant reaches the artifacts, and what is lost is named with its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import ifcopenshell
import pytest

from ifcjob_runner.input.step_scan import Scan, scan
from tests.support.step_text import GOOD, HEADER, inspected

if TYPE_CHECKING:
    from pathlib import Path

LINE = 8
"""Where the person's name is."""
PLAIN = [
    (r"a\X\E9b", "aéb"),
    (r"a\X\0Ab", "a\nb"),
    (r"a\X\01b", "a\x01b"),
    (r"a\X2\00E900E4\X0\b", "aéäb"),
    (r"a\X2\000A\X0\b", "a\nb"),
    (r"a\S\db", "aäb"),
    (r"a\PE\\S\Ab", "aСb"),  # noqa: RUF001 - the Cyrillic letter of ISO 8859-5
    (r"a\\b", r"a\b"),
    ("it''s", "it's"),
    ("''", "'"),
    ("a\nb", "a\nb"),
    ("x" * 300_000, "x" * 300_000),
]
MEANT = [
    (r"C:\temp\x.ifc", r"C:\temp\x.ifc"),
    ("a\\", "a\\"),
    (r"a\T\b", r"a\T\b"),
    (r"a\N\b", "a\nb"),
    (r"a\X2\00E9", "aé"),
    (r"a\X2\00E9 b", "aé b"),
    (r"a\X2\\X0\b", "ab"),
    (r"a\X2\D83D\X0\\X2\DE00\X0\b", "a\U0001f600b"),
    (r"a\X4\0001F600\X0\b", "a\U0001f600b"),
    (r"C:\X2\dir", r"C:\X2\dir"),
    (r"a\X\Eb", "a\xeb"),
    (r"a\X\ZZ", r"a\X\ZZ"),
    (r"a\X2\00E\X0\b", r"a\X2\00E\X0\b"),
]
LOST = [
    (r"a\X\00b", "ab", "ZeroBytesInText"),
    (r"a\X2\0000\X0\b", "ab", "ZeroBytesInText"),
    (r"a\X2\00000041\X0\b", "aAb", "ZeroBytesInText"),
    (r"a\X4\00000000\X0\b", "ab", "ZeroBytesInText"),
    (r"a\X2\D83D\X0\b", "a\ufffdb", "UnreadableEscape"),
    (r"a\X2\DE00D83D\X0\b", "a\ufffd\ufffdb", "UnreadableEscape"),
    (r"a\X4\00110000\X0\b", "a\ufffdb", "UnreadableEscape"),
    (r"a\X2\00E900\X0\b", r"aé00\X0\b", "UnreadableEscape"),
]


def name_of(path: Path) -> str:
    model = ifcopenshell.open(path, lazy=True)
    assert sorted(model.entity_names()) == [1, 2, 3]
    name: str = model.by_id(1)[1]
    return name


@pytest.mark.parametrize(("written", "text"), PLAIN)
def test_a_plain_escape_needs_no_copy(tmp_path: Path, written: str, text: str) -> None:
    result = inspected(tmp_path, GOOD.replace("Ada", written))
    assert (result.path.name, result.findings) == ("input", [])
    assert name_of(result.path) == text


@pytest.mark.parametrize(("written", "text"), MEANT)
def test_an_escape_with_one_meaning_is_read_so(tmp_path: Path, written: str, text: str) -> None:
    result = inspected(tmp_path, GOOD.replace("Ada", written))
    assert name_of(result.path) == text
    if result.findings:
        (finding,) = result.findings
        assert (finding.code, finding.severity) == ("NonStandardEscape", "info")
        assert finding.message.endswith(f": line {LINE}")
    else:
        assert result.path.name == "input" or r"\X4" in written


@pytest.mark.parametrize(("written", "text", "code"), LOST)
def test_a_lost_character_is_named_with_its_line(tmp_path: Path, written: str, text: str, code: str) -> None:
    result = inspected(tmp_path, GOOD.replace("Ada", written))
    assert name_of(result.path) == text
    lines = {finding.code: finding.message for finding in result.findings}
    assert re.search(rf": line {LINE}$", lines[code])


def test_a_path_in_the_header_does_not_stop_the_engine(tmp_path: Path) -> None:
    result = inspected(tmp_path, GOOD.replace("'a.ifc'", r"'\\server\share\a.ifc'"))
    assert name_of(result.path) == "Ada"
    assert ifcopenshell.open(result.path, lazy=True).header.file_name.name == r"\server\share\a.ifc"
    assert [finding.message[-8:] for finding in result.findings] == [": line 4"]


@pytest.mark.parametrize("filler", ["", "x" * 600_000], ids=["short", "longer than two windows"])
def test_a_comment_in_the_header_is_nothing_but_text(tmp_path: Path, filler: str) -> None:
    """Otherwise every statement of the file would be looked at: most files of EDM have a path there."""
    comment = f"/***{filler}\n* Database: C:\\Users\\x\n***/\n"
    path, header = tmp_path / "a.ifc", HEADER.replace("FILE_NAME", comment + "FILE_NAME")
    path.write_text(GOOD.replace(HEADER, header))
    result = scan(path, len(header))
    assert (result.is_damaged, result.opened_comments, result.closed_comments) == (False, 0, 0)
    assert result.structure.statements == scan_of(tmp_path, GOOD).structure.statements
    odd = header.replace("'a.ifc'", r"'/*','C:\Users','*/'")
    path.write_text(GOOD.replace(HEADER, odd))
    assert scan(path, len(odd)).has_odd_escapes, "a text is not a comment"


def scan_of(folder: Path, text: str) -> Scan:
    (folder / "good.ifc").write_text(text)
    return scan(folder / "good.ifc", len(HEADER))


@pytest.mark.parametrize(("end", "is_odd"), [("", False), (r"\q", True)])
def test_escapes_at_the_border_of_two_windows_are_seen_whole(tmp_path: Path, end: str, *, is_odd: bool) -> None:
    text = r"\X2\00E9\X0\\S\d\X\E9" * 20 + end
    path = tmp_path / "a.ifc"
    for shift in range(0, 700, 3):
        filler = f"#9=IFCPERSON($,'{'x' * (262_144 - 900 + shift)}',$,$,$,$,$,$);\n"
        path.write_text(GOOD.replace("DATA;\n", "DATA;\n" + filler).replace("Ada", text))
        assert scan(path, len(HEADER)).has_odd_escapes is is_odd, shift
