"""JSON of documents of any depth."""

from __future__ import annotations

import orjson


def json_of(document: object) -> bytes:
    """Return the document as JSON; orjson refuses one with more than 254 levels, which is two per level of a tree."""
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:
        return b"".join(_pieces(document))


def _pieces(document: object) -> list[bytes]:
    pieces: list[bytes] = []
    pending = [document]  # a list instead of recursion; bytes are JSON already
    while pending:
        match pending.pop():
            case bytes(piece):
                pieces.append(piece)
            case dict(members):
                items = [part for key, value in members.items() for part in (b",", orjson.dumps(key) + b":", value)]
                pending += [b"}", *reversed(items[1:]), b"{"]
            case list(values):
                items = [part for value in values for part in (b",", value)]
                pending += [b"]", *reversed(items[1:]), b"["]
            case value:
                pieces.append(orjson.dumps(value))
    return pieces
