"""glTF accessors: typed ranges of buffer views. Equal content is stored once, for all meshes that use it."""

from hashlib import blake2b

from ifcjob_runner.glb.json_arrays import JsonArray, JsonObject
from ifcjob_runner.glb.layout import Layout

BYTE, UNSIGNED_SHORT, UNSIGNED_INT, FLOAT = 5120, 5123, 5125, 5126


class Accessors:
    """The document's accessors and the bytes behind them."""

    def __init__(self, items: JsonArray, layout: Layout) -> None:
        self._items = items
        self._layout = layout
        self._known: dict[bytes, int] = {}

    def vertices(self, rows: bytes, stride: int, component: int, shape: str = "VEC3", **members: object) -> int:
        """Store one attribute of one mesh: positions, normals or texture coordinates; `shape` is VEC3 or VEC2."""
        # Accessors of positions need bounds, those of normals have none: equal bytes alone do not make them equal.
        kind = b"%d %d %s" % (component, "min" in members, shape.encode())
        key = blake2b(rows, digest_size=16, key=kind).digest()
        number = self._known.get(key)
        if number is None:
            view, offset = self._layout.add(rows, stride)
            count = len(rows) // stride
            number = self._known[key] = self._append(view, offset, component, count=count, type=shape, **members)
        return number

    def indices(self, numbers: bytes, component: int) -> int:
        """Store the triangles of one part."""
        key = blake2b(numbers, digest_size=16, key=b"%d index" % component).digest()
        number = self._known.get(key)
        if number is None:
            stride = 2 if component == UNSIGNED_SHORT else 4
            view, offset = self._layout.add(numbers, stride, is_index=True)
            count = len(numbers) // stride
            number = self._known[key] = self._append(view, offset, component, count=count, type="SCALAR")
        return number

    def _append(self, view: int, offset: int, component: int, **members: object) -> int:
        accessor: JsonObject = {"bufferView": view, "componentType": component, **members}
        if offset:
            accessor["byteOffset"] = offset
        return self._items.append(accessor)
