"""Write model.glb: the order of the steps; each step has its own module.

Memory holds one batch of meshes, the placements and small tables; mesh data and JSON go through temporary files.
Equal input gives equal bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from ifcjob_runner.data.document import BoundingBox, SpatialTree
from ifcjob_runner.geometry.meshes import Mesh, Placement
from ifcjob_runner.glb.accessors import Accessors
from ifcjob_runner.glb.batches import F64, Batch, Ints, MeshReader
from ifcjob_runner.glb.geometry import GeometryWriter
from ifcjob_runner.glb.json_arrays import JsonArray, JsonObject, write_document
from ifcjob_runner.glb.layout import MESHOPT, Encode, Layout, Scratch, scratch_in, write_file
from ifcjob_runner.glb.materials import Materials
from ifcjob_runner.glb.nodes import NodeChain, Properties, SceneWriter, step_ids
from ifcjob_runner.glb.normals import add_normals
from ifcjob_runner.glb.origin import origin_shift
from ifcjob_runner.glb.placement_arrays import DrawnElements, PlacementArrays, gather
from ifcjob_runner.glb.transforms import METRE, TENTH_OF_A_MILLIMETRE, NodeTransforms, short

if TYPE_CHECKING:
    from ifcjob_runner.engine_options import GltfOptions
    from ifcjob_runner.glb.textures import LoadTexture, Textures

QUANTIZATION = "KHR_mesh_quantization"


Box = tuple[float, float, float, float, float, float]
"""Min x, y, z, max x, y, z in the world: metres, IFC axes, without the origin shift."""


@dataclass(frozen=True, slots=True)
class GlbStats:
    """Facts about the written file."""

    bytes: int
    triangles: int
    """Triangles with every instance counted, as a viewer draws them."""
    element_triangles: dict[int, int]
    """Triangles of each drawn element, by STEP id."""
    boxes: dict[int, Box]
    """Bounding box of each drawn element, by STEP id."""
    bounding_box: BoundingBox | None
    """The `min` and `max` of everything drawn; None when nothing is drawn."""
    skipped: dict[int, str]
    """STEP ids of elements whose geometry was not or not completely written, and the reason."""


def write_glb(
    path: Path,
    meshes: Sequence[Mesh],
    placements: Mapping[int, Sequence[Placement]],
    tree: SpatialTree,
    options: "GltfOptions",
    properties: Properties | None = None,
    *,
    crs: str | None = None,
    load_texture: "LoadTexture | None" = None,
) -> GlbStats:
    """Write the elements of `tree` that have placements; read each used mesh once, in order.

    `properties` gives an element's property sets by STEP id and is called only when the options want them in extras;
    `crs` is the name of the coordinate reference system of the origin shift. A surface whose texture `load_texture`
    does not return has its base colour.
    """
    skipped: dict[int, str] = {}
    placed = gather(placements, step_ids(tree), skipped)
    with ExitStack() as stack:
        scratch = scratch_in(path.parent, stack)
        document = _Document(scratch, options, len(meshes), load_texture)
        reader = MeshReader(meshes, placed.used_meshes())
        for batch in reader.batches():
            if options.compression != "none":
                placed.bake_right_angle_rotations(batch)
            placed.measure(batch)
            document.geometry.write(_with_normals(batch, options))
        for step, mesh in zip(placed.element[~placed.drawn].tolist(), placed.mesh[~placed.drawn].tolist(), strict=True):
            skipped[step] = reader.rejected[mesh]
        drawn = placed.by_element()
        shift = origin_shift(options, drawn.boxes)
        document.add_scene(placed, shift, tree, properties, crs)
        size = document.save(path, scratch())
    return _stats(size, drawn, document.geometry.triangles, skipped)


def _stats(size: int, drawn: DrawnElements, mesh_triangles: Ints, skipped: dict[int, str]) -> GlbStats:
    count, boxes = len(drawn.steps), drawn.boxes
    triangles = np.bincount(drawn.element_of, mesh_triangles[drawn.mesh], count).astype(np.int64).tolist()
    bounding_box: BoundingBox | None = None
    if count:
        bounding_box = {"min": boxes[:, 0].min(axis=0).tolist(), "max": boxes[:, 1].max(axis=0).tolist()}
    return GlbStats(
        bytes=size,
        triangles=sum(triangles),
        element_triangles=dict(zip(drawn.steps, triangles, strict=True)),
        boxes=dict(zip(drawn.steps, map(_box, boxes.reshape(-1, 6).tolist()), strict=True)),
        bounding_box=bounding_box,
        skipped=skipped,
    )


def _box(numbers: list[float]) -> Box:
    low_x, low_y, low_z, high_x, high_y, high_z = numbers
    return low_x, low_y, low_z, high_x, high_y, high_z


class _Document:
    """The glTF document being built."""

    def __init__(
        self, scratch: Scratch, options: "GltfOptions", mesh_count: int, load_texture: "LoadTexture | None"
    ) -> None:
        self._options = options
        encode: Encode | None = None
        if options.compression == "meshopt":
            from ifcjob_runner.glb.meshopt import encode  # its library is loaded only when needed
        self._layout = Layout(scratch, encode)
        self._nodes, self._meshes = JsonArray(scratch), JsonArray(scratch)
        self._materials, self._accessors = JsonArray(scratch), JsonArray(scratch)
        self._asset: JsonObject = {"version": "2.0", "generator": "ifcjob"}
        self._root: int | None = None
        self._textures = None if load_texture is None else _textures(scratch, self._layout, load_texture)
        self._surfaces = Materials(self._materials, self._textures)
        accessors = Accessors(self._accessors, self._layout)
        self.geometry = GeometryWriter(options, mesh_count, accessors, self._meshes, self._surfaces)

    def add_scene(
        self, placed: PlacementArrays, shift: F64, tree: SpatialTree, properties: Properties | None, crs: str | None
    ) -> None:
        """Write the nodes and the origin shift."""
        extras: JsonObject = {"originShift": short(shift.tolist())} | ({"crs": crs} if crs else {})
        self._asset["extras"] = extras
        in_extras = properties if self._options.extras == "properties" else None
        unit = METRE if self._options.compression == "none" else TENTH_OF_A_MILLIMETRE
        instances = _instances(placed, self.geometry, shift, unit)
        self._root = SceneWriter(self._nodes, self._options, instances, unit, in_extras).write(tree, extras)

    def save(self, path: Path, scratch: IO[bytes]) -> int:
        """Write the file and return its size in bytes."""
        buffers, views = self._layout.finish()
        extensions = [] if not views else self._extensions()
        textures = self._textures
        members = {
            "asset": self._asset,
            "extensionsUsed": [*extensions, *sorted(self._surfaces.extensions)],
            "extensionsRequired": extensions,
            "scene": 0,
            "scenes": [{} if self._root is None else {"nodes": [self._root]}],
            "nodes": self._nodes,
            "meshes": self._meshes,
            "materials": self._materials,
            "textures": textures and textures.items,
            "images": textures and textures.images,
            "samplers": textures and textures.samplers,
            "accessors": self._accessors,
            "bufferViews": views,
            "buffers": buffers,
        }
        write_document(scratch, members)
        return write_file(path, scratch, self._layout)

    def _extensions(self) -> list[str]:
        match self._options.compression:
            case "none":
                return []
            case "quantize":
                return [QUANTIZATION]
            case "meshopt":
                return [QUANTIZATION, MESHOPT]


def _textures(scratch: Scratch, layout: Layout, load: "LoadTexture") -> "Textures":
    from ifcjob_runner.glb.textures import Textures  # few files have textures

    return Textures(scratch, layout, load)


def _with_normals(batch: Batch, options: "GltfOptions") -> Batch:
    if options.normals != "none":
        add_normals(batch, options.normals)
    return batch


def _instances(
    placed: PlacementArrays, geometry: GeometryWriter, shift: F64, unit: float
) -> Callable[[int], list[NodeChain]]:
    """Return a function that makes the nodes of an element's placements; all of them at once would fill the memory."""
    drawn = placed.drawn
    mesh = placed.mesh[drawn]
    transforms = NodeTransforms(placed.matrices[drawn], geometry.frames.of(mesh), shift, unit)
    rows: dict[int, list[int]] = {}
    for row, step in enumerate(placed.element[drawn].tolist()):
        rows.setdefault(step, []).append(row)
    numbers = geometry.numbers[mesh].tolist()

    def instance(row: int) -> NodeChain:
        chain = transforms.chain(row)
        chain[-1]["mesh"] = numbers[row]
        return chain

    return lambda step: [instance(row) for row in rows.get(step, ())]
