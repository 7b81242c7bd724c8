"""The binary layout of the GLB: few large buffer views of rows with the same stride, and the file around them."""

import shutil
import struct
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from ifcjob.failures import FailureReason, RunFailure

# A GLB states its length in 32 bits.
LARGEST_FILE = 0xFFFF_FFFF
_LARGEST_VIEW = 1 << 30
_LARGEST_ENCODED_VIEW = 1 << 26
_IN_MEMORY = 1 << 24
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
MESHOPT = "EXT_meshopt_compression"

Encode = Callable[[bytes, int, bool], bytes]
"""Compresses rows: (raw bytes, bytes per row, whether they are triangle indices)."""


class Scratch(Protocol):
    """Makes temporary files that are deleted with the run."""

    def __call__(self) -> IO[bytes]:
        """Open one."""


def scratch_in(folder: Path, stack: ExitStack) -> Scratch:
    """Keep small temporary files in memory and large ones in `folder`, until the stack unwinds."""

    def opened() -> IO[bytes]:
        return stack.enter_context(tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(folder)))

    return opened


@dataclass(slots=True)
class View:
    """One buffer view being filled."""

    stride: int
    is_index: bool
    rows: IO[bytes]
    """Raw rows while it is filled, then the bytes of the file."""
    raw_bytes: int = 0
    stored_bytes: int = 0
    is_image: bool = False


class Layout:
    """All buffer views of the file, in the order in which they were begun."""

    def __init__(self, scratch: Scratch, encode: Encode | None = None) -> None:
        self._scratch = scratch
        self._encode = encode
        self._view_limit = _LARGEST_ENCODED_VIEW if encode else _LARGEST_VIEW
        self._views: list[View] = []
        self._open: dict[tuple[int, bool], int] = {}
        self._raw_total = 0
        self.binary_bytes = 0
        """Bytes of the binary chunk; known after `finish`."""

    def add(self, rows: bytes, stride: int, *, is_index: bool = False) -> tuple[int, int]:
        """Append rows; return the number of their buffer view and their offset in it."""
        index = self._open.get((stride, is_index))
        if index is None or self._views[index].raw_bytes + len(rows) > self._view_limit:
            if index is not None:
                self._close(self._views[index])
            index = self._open[stride, is_index] = len(self._views)
            self._views.append(View(stride, is_index, self._scratch()))
        view = self._views[index]
        offset = view.raw_bytes
        view.rows.write(rows)
        view.raw_bytes += len(rows)
        self._raw_total += len(rows)
        # Only without compression are the raw bytes the bytes of the file.
        if self._encode is None:
            refuse_beyond_limit(self._raw_total)
        return index, offset

    def add_image(self, content: bytes) -> int:
        """Add a buffer view that is an image file, which is never encoded; return its number."""
        view = View(0, is_index=False, rows=self._scratch(), is_image=True)
        view.rows.write(content)
        view.raw_bytes = view.stored_bytes = len(content)
        self._raw_total += len(content)
        refuse_beyond_limit(self._raw_total if self._encode is None else len(content))
        self._views.append(view)
        return len(self._views) - 1

    def _close(self, view: View) -> None:
        if self._encode is None:
            view.stored_bytes = view.raw_bytes
            return
        view.rows.seek(0)
        encoded = self._encode(view.rows.read(), view.stride, view.is_index)
        view.rows.seek(0)
        view.rows.truncate()
        view.rows.write(encoded)
        view.stored_bytes = len(encoded)

    def finish(self) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
        """Close every view; return the glTF `buffers` and `bufferViews`."""
        for index in self._open.values():
            self._close(self._views[index])
        views = []
        offset = raw_offset = 0
        for view in self._views:
            views.append(self._described(view, offset, raw_offset))
            offset += _padded(view.stored_bytes)
            raw_offset += 0 if view.is_image else _padded(view.raw_bytes)
        if not views:
            return [], []
        refuse_beyond_limit(offset)
        self.binary_bytes = offset
        buffers: list[dict[str, object]] = [{"byteLength": offset}]
        if self._encode:
            buffers.append({"byteLength": raw_offset, "extensions": {MESHOPT: {"fallback": True}}})
        return buffers, views

    def _described(self, view: View, offset: int, raw_offset: int) -> dict[str, object]:
        if view.is_image:
            return {"buffer": 0, "byteOffset": offset, "byteLength": view.raw_bytes}
        described: dict[str, object] = {
            "buffer": 1 if self._encode else 0,
            "byteOffset": raw_offset if self._encode else offset,
            "byteLength": view.raw_bytes,
            "target": _ELEMENT_ARRAY_BUFFER if view.is_index else _ARRAY_BUFFER,
        }
        if not view.is_index:
            described["byteStride"] = view.stride
        if self._encode:
            compressed = {
                "buffer": 0,
                "byteOffset": offset,
                "byteLength": view.stored_bytes,
                "byteStride": view.stride,
                "count": view.raw_bytes // view.stride,
                "mode": "TRIANGLES" if view.is_index else "ATTRIBUTES",
            }
            described["extensions"] = {MESHOPT: compressed}
        return described

    def copy_to(self, target: IO[bytes]) -> None:
        """Write the binary chunk's content."""
        for view in self._views:
            view.rows.seek(0)
            shutil.copyfileobj(view.rows, target, 1 << 20)
            target.write(bytes(-view.stored_bytes % 4))


def write_file(path: Path, document: IO[bytes], layout: Layout) -> int:
    """Write header, JSON chunk and, when there is one, the binary chunk; return the size."""
    json_bytes, binary_bytes = document.tell(), layout.binary_bytes
    total = 12 + 8 + _padded(json_bytes) + (8 + binary_bytes if binary_bytes else 0)
    refuse_beyond_limit(total)
    document.seek(0)
    with path.open("wb") as file:
        file.write(struct.pack("<4sII", b"glTF", 2, total))
        file.write(struct.pack("<I4s", _padded(json_bytes), b"JSON"))
        shutil.copyfileobj(document, file, 1 << 20)
        file.write(b" " * (-json_bytes % 4))
        if binary_bytes:
            file.write(struct.pack("<I4s", binary_bytes, b"BIN\0"))
            layout.copy_to(file)
    return total


def refuse_beyond_limit(size: int) -> None:
    """Raise InvalidRequest for a file larger than a GLB can be."""
    if size > LARGEST_FILE:
        raise RunFailure(
            FailureReason.INVALID_REQUEST,
            f"model.glb would be larger than the 4 GiB a GLB can hold (at least {size:,} bytes).",
            hint="Use compression (`meshopt` or `quantize`), or fewer elements: filter by class, storey or GlobalId.",
        )


def _padded(size: int) -> int:
    return size + -size % 4
