"""Recognize STEP text in UTF-16 or UTF-32, which some editors write."""

import codecs
from typing import NamedTuple

MARK = "\ufeff"


class WideText(NamedTuple):
    """An encoding whose characters have two or four bytes."""

    codec: str
    name: str


_STARTS = [
    (codecs.BOM_UTF32_LE, WideText("utf-32-le", "UTF-32")),
    (codecs.BOM_UTF32_BE, WideText("utf-32-be", "UTF-32")),
    (codecs.BOM_UTF16_LE, WideText("utf-16-le", "UTF-16")),
    (codecs.BOM_UTF16_BE, WideText("utf-16-be", "UTF-16")),
    ("ISO".encode("utf-16-le"), WideText("utf-16-le", "UTF-16")),
    ("ISO".encode("utf-16-be"), WideText("utf-16-be", "UTF-16")),
]


def wide_text(head: bytes) -> WideText | None:
    """Return the encoding of a file that begins with these bytes, 64 at least; None when it is not wide text."""
    wide = next((wide for start, wide in _STARTS if head.startswith(start)), None)
    if wide is None or not head[:64].decode(wide.codec, "replace").lstrip(MARK)[:8].isascii():
        return None
    return wide
