"""Make a GLB without shared meshes: every node gets its own copy of its mesh, as in a model without repeated shapes."""

import json
import struct
from pathlib import Path
from typing import Any

_JSON, _BINARY = 0x4E4F534A, 0x004E4942


def unshare(source: Path, target: Path, megabytes: float) -> None:
    """Write copies of the whole scene, with their own vertices and triangles, until the file has this size."""
    document, binary = _read(source)
    first = _expanded(document, binary)
    copies = max(round(megabytes * 1e6 / len(first)), 1)
    nodes, meshes = document["nodes"], document["meshes"]
    scene = document["scenes"][0]["nodes"]
    original = json.loads(json.dumps((nodes, meshes, document["accessors"])))
    for copy in range(1, copies):
        _append(document, original, copy, scene[0])
    document["bufferViews"] = [
        view | {"byteOffset": view["byteOffset"] + copy * len(first)}
        for copy in range(copies)
        for view in document["bufferViews"]
    ]
    document["buffers"] = [{"byteLength": copies * len(first)}]
    _write(target, document, first * copies)


def _expanded(document: dict[str, Any], binary: bytes) -> bytes:
    """Give every node its own mesh; return the new binary chunk, one buffer view per accessor."""
    content = bytearray()
    accessors: list[dict[str, Any]] = []
    views: list[dict[str, Any]] = []
    meshes: list[dict[str, Any]] = []

    def copied(number: int) -> int:
        accessor = document["accessors"][number]
        rows = _rows(document, accessor, binary)
        views.append({"buffer": 0, "byteOffset": len(content), "byteLength": len(rows)})
        content.extend(rows + bytes(-len(rows) % 4))
        accessors.append({**accessor, "bufferView": len(views) - 1, "byteOffset": 0})
        return len(accessors) - 1

    for node in document["nodes"]:
        if "mesh" not in node:
            continue
        primitives = [
            part
            | {"attributes": {"POSITION": copied(part["attributes"]["POSITION"])}, "indices": copied(part["indices"])}
            for part in document["meshes"][node["mesh"]]["primitives"]
        ]
        meshes.append({"primitives": primitives})
        node["mesh"] = len(meshes) - 1
    document |= {"accessors": accessors, "bufferViews": views, "meshes": meshes}
    return bytes(content)


def _append(document: dict[str, Any], original: Any, copy: int, root: int) -> None:
    nodes, meshes, accessors = json.loads(json.dumps(original))
    base, mesh_base, accessor_base = len(document["nodes"]), len(document["meshes"]), len(document["accessors"])
    views = len(accessors)
    for node in nodes:
        if "children" in node:
            node["children"] = [child + base for child in node["children"]]
        if "mesh" in node:
            node["mesh"] += mesh_base
        if "globalId" in node.get("extras", {}):
            node["extras"]["globalId"] = f"{node['extras']['globalId'][:-2]}{copy:02}"
    for mesh in meshes:
        for part in mesh["primitives"]:
            part["attributes"] = {"POSITION": part["attributes"]["POSITION"] + accessor_base}
            part["indices"] += accessor_base
    for accessor in accessors:
        accessor["bufferView"] += copy * views
    document["nodes"] += [*nodes, {"translation": [150.0 * copy, 0, 0], "children": [root + base]}]
    document["meshes"] += meshes
    document["accessors"] += accessors
    document["scenes"][0]["nodes"].append(len(document["nodes"]) - 1)


def _rows(document: dict[str, Any], accessor: dict[str, Any], binary: bytes) -> bytes:
    view = document["bufferViews"][accessor["bufferView"]]
    size = {5123: 2, 5125: 4, 5126: 12}[accessor["componentType"]]
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    return binary[start : start + accessor["count"] * size]


def _read(path: Path) -> tuple[dict[str, Any], bytes]:
    content = path.read_bytes()
    (length,) = struct.unpack_from("<I", content, 12)
    return json.loads(content[20 : 20 + length]), content[28 + length :]


def _write(path: Path, document: dict[str, Any], binary: bytes) -> None:
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    header = struct.pack("<4sIIII", b"glTF", 2, 28 + len(text) + len(binary), len(text), _JSON)
    path.write_bytes(header + text + struct.pack("<II", len(binary), _BINARY) + binary)
