"""Recognition of IFC files by their ends: what no run could read is refused, and what a run reads never is."""

from __future__ import annotations

import gzip
import io
import time
import zipfile

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.file_format.recognition import HEAD_BYTES, TAIL_BYTES, Recognized, recognize, refuse_name

HEADER = b"ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
SCHEMA = b"FILE_SCHEMA(('IFC4'));\nENDSEC;\n"
END = b"ENDSEC;\nEND-ISO-10303-21;\n"
IFC = HEADER + SCHEMA + b"DATA;\n#1=IFCPERSON($,$,$,$,$,$,$,$);\n" + END
LARGE = HEADER + SCHEMA + b"DATA;\n" + b"#1=IFCPERSON($,$,$,$,$,$,$,$);\n" * 50_000 + END


def by_its_ends(content: bytes, name: str = "house.ifc") -> Recognized:
    return recognize(content[:HEAD_BYTES], content[-TAIL_BYTES:], len(content), name)


def refused(content: bytes, name: str = "house.ifc") -> RunFailure:
    with pytest.raises(RunFailure) as caught:
        by_its_ends(content, name)
    return caught.value


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (IFC, Recognized("ifc", "IFC4")),
        (LARGE, Recognized("ifc", "IFC4")),
        (b"\xef\xbb\xbf" + IFC.lower().replace(b"ifc4", b"IFC4"), Recognized("ifc", "IFC4")),
        (IFC.replace(b"IFC4", b"IFC4X3_ADD2"), Recognized("ifc", "IFC4X3_ADD2")),
        (IFC.decode().encode("utf-16"), Recognized("ifc", "IFC4")),
        (IFC.replace(b"END-ISO-10303-21;\n", b""), Recognized("ifc", "IFC4")),
        (IFC + bytes(200_000), Recognized("ifc", "IFC4")),
        (gzip.compress(LARGE), Recognized("ifc.gz", "IFC4")),
        (zipped(a_ifc=IFC), Recognized("ifczip")),
        (zipped(a_ifc=LARGE, b_txt=b"x"), Recognized("ifczip")),
    ],
    ids=[
        "plain",
        "large",
        "byte-order-mark",
        "ifc4x3",
        "utf-16",
        "no-end-line",
        "zero-bytes-behind",
        "gzip",
        "zip",
        "large-zip",
    ],
)
def test_a_file_that_a_run_reads_is_recognized(content: bytes, expected: Recognized) -> None:
    assert by_its_ends(content) == expected


@pytest.mark.parametrize(
    ("content", "reason", "message"),
    [
        (b"", FailureReason.NOT_AN_IFC_FILE, "is empty"),
        (b"%PDF-1.7 ...", FailureReason.NOT_AN_IFC_FILE, "a PDF document"),
        (b"glTF\x02\0\0\0", FailureReason.NOT_AN_IFC_FILE, "binary glTF"),
        (b'<?xml version="1.0"?><ifcXML xmlns="x">', FailureReason.NOT_AN_IFC_FILE, "ifcXML"),
        (b'{"header": {"ifcxVersion": "ifcx_alpha"}}', FailureReason.NOT_AN_IFC_FILE, "IFCX"),
        (b"hello", FailureReason.NOT_AN_IFC_FILE, "begins with 'hello'"),
        (IFC.replace(b"IFC4", b"AUTOMOTIVE_DESIGN"), FailureReason.UNSUPPORTED_SCHEMA, "AP214"),
        (IFC[:60], FailureReason.TRUNCATED_FILE, "within its header"),
        (IFC[:-40], FailureReason.TRUNCATED_FILE, "without END-ISO-10303-21"),
        (LARGE[:-40], FailureReason.TRUNCATED_FILE, "without END-ISO-10303-21"),
        (gzip.compress(b"%PDF-1.7"), FailureReason.NOT_AN_IFC_FILE, "a PDF document"),
        (gzip.compress(IFC)[:2] + b"\0" * 50, FailureReason.TRUNCATED_FILE, "damaged archive"),
        (zipped(a_ifc=LARGE)[:-30], FailureReason.TRUNCATED_FILE, "incomplete or damaged zip"),
        (zipped(a_ifc=IFC, b_ifc=IFC), FailureReason.UNSAFE_ARCHIVE, "contains 2 IFC files"),
        (zipped(word_xml=b"x"), FailureReason.UNSAFE_ARCHIVE, "no .ifc file, only 'word.xml'"),
        (zipped(**{"../a_ifc": IFC}), FailureReason.UNSAFE_ARCHIVE, "a path outside"),
    ],
    # Not by their bytes: gzip writes the time, and test workers must agree on the names.
    ids=lambda value: "content" if isinstance(value, bytes) else str(value),
)
def test_a_file_that_no_run_reads_is_refused(content: bytes, reason: FailureReason, message: str) -> None:
    failure = refused(content)
    assert failure.reason == reason
    assert message in failure.message


def test_a_zip_whose_list_of_members_is_beyond_the_ends_is_left_to_the_run() -> None:
    content = zipped(**{f"{'x' * 200}{number}": b"" for number in range(20_000)})
    assert len(content) > HEAD_BYTES + TAIL_BYTES
    with pytest.raises(RunFailure, match="list of members of 5"):
        by_its_ends(content)
    assert by_its_ends(zipped(**{f"{'x' * 200}{number}": b"" for number in range(8_000)})) == Recognized("ifczip")


@pytest.mark.parametrize(
    "body",
    [b"a" * HEAD_BYTES, b"/*" * HEAD_BYTES, b"FILE_SCHEMA(('a'" * HEAD_BYTES, b"A(" * HEAD_BYTES],
    ids=["one-word", "open-comments", "schemas", "brackets"],
)
def test_a_hostile_header_takes_less_than_seconds(body: bytes) -> None:
    content = (b"ISO-10303-21;HEADER;" + body)[: 2 * HEAD_BYTES]
    started = time.process_time()
    refused(content)
    assert time.process_time() - started < 3


@pytest.mark.parametrize("name", ["a.ifc", "A.IFC", "a.b.ifczip", "a.ifc.gz", "a.zip"])
def test_a_name_of_an_ifc_file_is_accepted(name: str) -> None:
    refuse_name(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [("a.ifcxml", "is ifcXML"), ("a.rvt", "is a Revit file"), ("a", "does not end in"), ("a.exe", "does not end in")],
)
def test_another_name_is_refused_with_what_it_says(name: str, message: str) -> None:
    with pytest.raises(RunFailure, match=message):
        refuse_name(name)
