"""JSON arrays of any length: items are serialised in groups and kept as bytes, not as objects."""

import shutil
from typing import IO

import orjson

from ifcjob_runner.glb.layout import Scratch

JsonObject = dict[str, object]
_GROUP = 2048


class JsonArray:
    """A top-level array of the glTF document, numbered in the order of `append`."""

    def __init__(self, scratch: Scratch) -> None:
        self._file = scratch()
        self._pending: list[JsonObject] = []
        self.count = 0

    def append(self, item: JsonObject) -> int:
        """Add one item and return its number."""
        self._pending.append(item)
        self.count += 1
        if len(self._pending) >= _GROUP:
            self._flush()
        return self.count - 1

    def _flush(self) -> None:
        if self._pending:
            if self._file.tell():
                self._file.write(b",")
            self._file.write(orjson.dumps(self._pending)[1:-1])
            self._pending = []

    def copy_to(self, target: IO[bytes]) -> None:
        """Write the array, brackets included."""
        self._flush()
        self._file.seek(0)
        target.write(b"[")
        shutil.copyfileobj(self._file, target, 1 << 20)
        target.write(b"]")


def write_document(target: IO[bytes], members: JsonObject) -> None:
    """Write an object whose values are plain JSON or JsonArrays; empty arrays are left out, as glTF requires."""
    separator = b"{"
    for name, value in members.items():
        if value is None or (value.count == 0 if isinstance(value, JsonArray) else value == []):
            continue
        target.write(separator + orjson.dumps(name) + b":")
        if isinstance(value, JsonArray):
            value.copy_to(target)
        else:
            target.write(orjson.dumps(value))
        separator = b","
    target.write(b"}")
