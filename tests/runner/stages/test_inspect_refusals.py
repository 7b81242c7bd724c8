"""The inspect stage: files that are not IFC fail before the engine opens them, with their format and a hint."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ifcjob.failures import FailureReason
from tests.support.step_text import DATA, END, GOOD, engine_reads, refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param("", "empty", id="empty"),
        pytest.param("hello world\n", "begins with 'hello", id="text"),
        pytest.param(DATA + END, "does not begin with ISO-10303-21", id="no header"),
        pytest.param(GOOD.replace("FILE_SCHEMA(('IFC4'));\n", ""), "no FILE_SCHEMA", id="no schema"),
        pytest.param(GOOD.replace("(('IFC4'))", "($)"), "no FILE_SCHEMA", id="schema $ (crashes the engine)"),
        pytest.param(GOOD.replace("FILE_NAME(", "FILE_NAME)"), "line 4, column 1", id="bracket in the header"),
        pytest.param(GOOD.replace("ISO-10303-21;", "\nISO-1030"), "line 1, column 1", id="another first line"),
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
        ("a.ifc", "A letter".encode("utf-16"), "begins with 'A letter'"),
        ("a.ifc", "Öäü".encode("utf-16"), "UTF-16"),
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
    ("schema", "description", "hint"),
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
def test_a_strict_run_refuses_an_unsupported_schema_with_a_hint(
    tmp_path: Path, schema: str, description: str, hint: str
) -> None:
    failure = refused(tmp_path, GOOD.replace("'IFC4'", f"'{schema}'"), strict_schema=True)
    assert failure.reason == FailureReason.UNSUPPORTED_SCHEMA
    assert repr(schema) in failure.message
    assert description in failure.message
    assert hint in failure.hint
    assert engine_reads(tmp_path / "input") is None, "the engine reads it after all"


@pytest.mark.parametrize("schema", ["IFC20_LONGFORM", "IFC151", "IFC4X4_DEV", "IFC5", "AUTOMOTIVE_DESIGN", ""])
def test_a_schema_without_a_near_one_is_refused(tmp_path: Path, schema: str) -> None:
    failure = refused(tmp_path, GOOD.replace("'IFC4'", f"'{schema}'"))
    assert failure.reason == FailureReason.UNSUPPORTED_SCHEMA


def test_two_schemas_are_refused(tmp_path: Path) -> None:
    failure = refused(tmp_path, GOOD.replace("'IFC4'", "'IFC4','IFC2X3'"))
    assert failure.reason == FailureReason.UNSUPPORTED_SCHEMA
    assert "IFC4, IFC2X3" in failure.message
