"""The outline of a STEP file: header texts, applications and counts."""

from pathlib import Path

import pytest

from ifcjob_runner.input import step_outline
from ifcjob_runner.input.step_outline import outline
from tests.support.corpus import REPOSITORY
from tools.ifc_classes import NAMES, class_names

HEADER = rb"""ISO-10303-21;
HEADER;
FILE_DESCRIPTION(('View, ''A''','B'),'2;1');
FILE_NAME('a;b(c).ifc','2024',(),('\X2\00C400DF\X0\ \X\E4 \S\d \\'),'pre',$,'');
FILE_SCHEMA(('IFC4'));
ENDSEC;
"""


def read(folder: Path, data: bytes) -> step_outline.Outline:
    path = folder / "a.ifc"
    path.write_bytes(HEADER + b"DATA;\n" + data + b"ENDSEC;\nEND-ISO-10303-21;\n")
    return outline(path, len(HEADER))


def test_header_texts_are_decoded(tmp_path: Path) -> None:
    header = read(tmp_path, b"")
    assert header.description == ["View, 'A'", "B"]
    assert (header.name, header.timestamp, header.authors) == ("a;b(c).ifc", "2024", [])
    assert header.organizations == ["Äß ä ä \\"]
    assert (header.preprocessor, header.originating_system) == ("pre", None)


@pytest.mark.parametrize("chunk", [16, 50, 1000])
def test_instances_are_counted_across_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(step_outline, "_CHUNK", chunk)
    lines = b"#1=IFCWALL('x');#2 = IFCWALL\n('y');\r\n#3=ifcdoor($);\n#4=IFCNEW(#1);\n" * 3
    assert read(tmp_path, lines).classes == {"IfcWall": 6, "IfcDoor": 3, "IFCNEW": 3}


def test_application_is_named_once_with_its_version(tmp_path: Path) -> None:
    lines = b"#1=IFCAPPLICATION(#9,'2024','Tool (x); y','T');\n#2=IFCAPPLICATION(#9,'2024','Tool (x); y','T');\n"
    lines += b"#3=IFCAPPLICATION(#9,'20','Tool 20','T');\n"
    assert read(tmp_path, lines).applications == ["Tool (x); y 2024", "Tool 20"]


def test_class_names_are_those_of_the_engine() -> None:
    assert (REPOSITORY / NAMES).read_text("ascii") == class_names()
