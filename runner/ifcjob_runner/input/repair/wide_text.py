"""Files in UTF-16 or UTF-32, which some editors write: their characters are certain, so a copy in UTF-8 is read."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from ifcjob.manifest import Finding

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 1024**2
_STARTS = [
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
    ("ISO".encode("utf-16-le"), "utf-16-le", "UTF-16"),
    ("ISO".encode("utf-16-be"), "utf-16-be", "UTF-16"),
]
_MARK = "\ufeff"


def in_utf8(path: Path, target: Path) -> Finding | None:
    """Write a copy of wide text to `target`, and return the finding; None when the file is other text."""
    with path.open("rb") as file:
        head = file.read(64)
        start = next((start for start in _STARTS if head.startswith(start[0])), None)
        if start is None or not head.decode(start[1], "replace").lstrip(_MARK)[:8].isascii():
            return None
        _, codec, name = start
        file.seek(0)
        decoder = codecs.getincrementaldecoder(codec)("replace")
        damaged = 0
        with target.open("wb") as output:
            while chunk := file.read(_CHUNK):
                text = decoder.decode(chunk)
                damaged += text.count("\ufffd")
                output.write(text.removeprefix(_MARK).encode() if file.tell() <= _CHUNK else text.encode())
    message = f"The file is in {name}; STEP text is ASCII. It is read as it is meant."
    if damaged:
        message += f" {damaged} characters in it are damaged, and are read as U+FFFD."
    severity = "error" if damaged else "warning"
    return Finding(code="WideText", severity=severity, message=message, count=max(1, damaged))
