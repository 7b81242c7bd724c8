"""Files in UTF-16 or UTF-32, which some editors write: their characters are certain, so a copy in UTF-8 is read."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from ifcjob.file_format.wide_text import MARK, wide_text
from ifcjob.manifest import Finding

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 1024**2


def in_utf8(path: Path, target: Path) -> Finding | None:
    """Write a copy of wide text to `target`, and return the finding; None when the file is other text."""
    with path.open("rb") as file:
        wide = wide_text(file.read(64))
        if wide is None:
            return None
        file.seek(0)
        decoder = codecs.getincrementaldecoder(wide.codec)("replace")
        damaged = 0
        with target.open("wb") as output:
            while chunk := file.read(_CHUNK):
                text = decoder.decode(chunk)
                damaged += text.count("\ufffd")
                output.write(text.removeprefix(MARK).encode() if file.tell() <= _CHUNK else text.encode())
    message = f"The file is in {wide.name}; STEP text is ASCII. It is read as it is meant."
    if damaged:
        message += f" {damaged} characters in it are damaged, and are read as U+FFFD."
    severity = "error" if damaged else "warning"
    return Finding(code="WideText", severity=severity, message=message, count=max(1, damaged))
