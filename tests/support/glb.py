"""Read a GLB as a viewer does, in IFC axes: the geometry, colour and name of each element.

Understands KHR_mesh_quantization and EXT_meshopt_compression (through meshoptimizer's decoder).
"""

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import meshopt
import numpy as np
import numpy.typing as npt

_DTYPES: dict[int, Any] = {5120: np.int8, 5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}
_WHITE = (1.0, 1.0, 1.0, 1.0)
# (x, y, z) with Y up is (x, -z, y) with Z up.
_TO_IFC_AXES = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])

Rows = npt.NDArray[Any]


@dataclass
class GlbElement:
    """One named node with everything drawn for it, in the world of the IFC file (metres, Z up, shift undone)."""

    name: str
    extras: dict[str, Any]
    parent: str | None
    """GlobalId of the named node above; None at the top."""
    positions: Rows = field(default_factory=lambda: np.empty((0, 3)))
    triangles: Rows = field(default_factory=lambda: np.empty((0, 3), dtype=np.int64))
    normals: Rows = field(default_factory=lambda: np.empty((0, 3)))
    """One per vertex; empty when the file has no normals."""
    colours: list[tuple[float, ...]] = field(default_factory=list)
    """One per triangle."""

    @property
    def box(self) -> Rows:
        """Return the (2, 3) min and max of the drawn vertices."""
        corners = self.positions[self.triangles.reshape(-1)]
        return np.stack((corners.min(axis=0), corners.max(axis=0)))

    @property
    def area(self) -> float:
        """Return the surface area in square metres."""
        return float(np.linalg.norm(self.face_vectors(), axis=1).sum() / 2)

    def face_vectors(self) -> Rows:
        """Return each triangle's normal, as long as twice its area, by its winding."""
        a, b, c = (self.positions[self.triangles[:, corner]] for corner in range(3))
        return np.cross(b - a, c - a)


class Glb:
    """A loaded file."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        magic, version, length, json_bytes, kind = struct.unpack_from("<4sIII4s", data)
        assert (magic, version, length, kind) == (b"glTF", 2, len(data), b"JSON")
        self.json: dict[str, Any] = json.loads(data[20 : 20 + json_bytes])
        self._binary = data[28 + json_bytes :]
        self._views: dict[int, bytes] = {}
        self.origin_shift = np.array(self.json["asset"]["extras"]["originShift"], dtype=float)
        self.elements: dict[str, GlbElement] = {}
        """By GlobalId, spatial structure included."""
        for top in self.json["scenes"][0].get("nodes", []):
            self._read_scene(top)

    def drawn(self) -> dict[str, GlbElement]:
        """Return the elements that have triangles."""
        return {key: element for key, element in self.elements.items() if len(element.triangles)}

    def accessor(self, number: int) -> Rows:
        """Return an accessor's rows as stored, before normalisation."""
        accessor = self.json["accessors"][number]
        view = self.json["bufferViews"][accessor["bufferView"]]
        kind, width = np.dtype(_DTYPES[accessor["componentType"]]), _WIDTHS[accessor["type"]]
        return np.ndarray(
            (accessor["count"], width),
            kind,
            self._view(accessor["bufferView"]),
            accessor.get("byteOffset", 0),
            (view.get("byteStride", width * kind.itemsize), kind.itemsize),
        )

    def _view(self, number: int) -> bytes:
        if number not in self._views:
            view = self.json["bufferViews"][number]
            packed = view.get("extensions", {}).get("EXT_meshopt_compression")
            source = packed or view
            assert source["buffer"] == 0
            stored = self._binary[source["byteOffset"] : source["byteOffset"] + source["byteLength"]]
            self._views[number] = _decoded(stored, packed) if packed else stored
            assert len(self._views[number]) == view["byteLength"]
        return self._views[number]

    def _read_scene(self, top: int) -> None:
        pending: list[tuple[int, Rows, GlbElement | None]] = [(top, np.eye(4), None)]
        while pending:
            number, above, owner = pending.pop()
            node = self.json["nodes"][number]
            matrix = above @ node_matrix(node)
            if "globalId" in node.get("extras", {}):
                parent = owner.extras["globalId"] if owner else None
                owner = GlbElement(node["name"], node["extras"], parent)
                assert owner.extras["globalId"] not in self.elements
                self.elements[owner.extras["globalId"]] = owner
            if "mesh" in node:
                assert owner is not None
                for primitive in self.json["meshes"][node["mesh"]]["primitives"]:
                    self._draw(owner, primitive, matrix)
            pending.extend((child, matrix, owner) for child in node.get("children", []))

    def _draw(self, owner: GlbElement, primitive: dict[str, Any], matrix: Rows) -> None:
        stored = self.accessor(primitive["attributes"]["POSITION"])
        world = stored.astype(float) @ matrix[:3, :3].T + matrix[:3, 3]
        triangles = self.accessor(primitive["indices"]).reshape(-1, 3).astype(np.int64)
        if np.linalg.det(matrix[:3, :3]) < 0:
            triangles = triangles[:, ::-1]
        owner.triangles = np.concatenate((owner.triangles, triangles + len(owner.positions)))
        owner.positions = np.concatenate((owner.positions, world @ _TO_IFC_AXES.T + self.origin_shift))
        surface = self.json["materials"][primitive["material"]]["pbrMetallicRoughness"]
        owner.colours += [_srgb(surface.get("baseColorFactor", _WHITE))] * len(triangles)
        if "NORMAL" in primitive["attributes"]:
            stored = self.accessor(primitive["attributes"]["NORMAL"])
            normals = stored.astype(float) / (127 if stored.dtype == np.int8 else 1)
            normals = normals @ np.linalg.inv(matrix[:3, :3]) @ _TO_IFC_AXES.T
            normals /= np.linalg.norm(normals, axis=1, keepdims=True)
            owner.normals = np.concatenate((owner.normals, normals))


def _srgb(factor: Sequence[float]) -> tuple[float, ...]:
    """Convert a linear baseColorFactor to the sRGB channels that IFC has (IEC 61966-2-1)."""
    channels = (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in factor[:3])
    return (*(round(channel, 5) for channel in channels), float(factor[3]))


def _decoded(stored: bytes, packed: dict[str, Any]) -> bytes:
    if packed["mode"] == "ATTRIBUTES":
        assert stored[0] == 0xA0, "EXT_meshopt_compression allows version 0 of the vertex codec only"
    else:
        assert packed["mode"] == "TRIANGLES"
        assert stored[0] == 0xE1, "EXT_meshopt_compression demands version 1 of the index codec"
    rows = meshopt.decode_gltf_buffer(stored, packed["count"], packed["byteStride"], packed["mode"])
    return bytes(rows.tobytes())


def node_matrix(node: dict[str, Any]) -> Rows:
    """Return a node's local transform."""
    if "matrix" in node:
        return np.array(node["matrix"], dtype=float).reshape(4, 4).T
    matrix = np.eye(4)
    x, y, z, w = node.get("rotation", (0, 0, 0, 1))
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, :3] *= node.get("scale", (1, 1, 1))
    matrix[:3, 3] = node.get("translation", (0, 0, 0))
    return matrix


def ancestors(glb: Glb, global_id: str) -> Iterator[str]:
    """Yield the classes above an element, nearest first."""
    parent = glb.elements[global_id].parent
    while parent is not None:
        yield glb.elements[parent].extras["class"]
        parent = glb.elements[parent].parent
