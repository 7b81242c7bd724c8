"""Compare the runner's glTF writer with pygltflib and trimesh: `python -m bench.gltf_writers MODEL`.

Meshes the model once, then lets each writer write the same scene to a GLB: shared meshes, one node per element in the
spatial tree, GlobalId, class and name in extras. The writers take turns, each time in a new process. The seconds lead
from the scene in memory to the file on disk, without imports; the memory is the growth of the process's peak.
Prints medians as ratios to `ifcjob`. Needs `pip install pygltflib trimesh` beside the project.
"""
# ruff: noqa: PLC0415

import argparse
import pickle
import resource
import statistics
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

Z_UP_TO_Y_UP = [1.0, 0, 0, 0, 0, 0, -1.0, 0, 0, 1.0, 0, 0, 0, 0, 0, 1.0]
NAMES = ("ifcjob", "ifcjob-quantize", "ifcjob-meshopt", "pygltflib", "trimesh")


@dataclass
class Scene:
    """One model's input to a writer; meshes and placements as in ifcjob_runner.geometry.meshes."""

    meshes: list[Any]
    placements: dict[int, list[Any]]
    tree: Any


@dataclass
class Item:
    """A node of the spatial tree that has geometry or has it below."""

    node: dict[str, Any]
    placements: list[Any]
    children: list["Item"]

    @property
    def extras(self) -> dict[str, Any]:
        """Return the extras of the GLB's node."""
        return {key: self.node[key] for key in ("globalId", "class", "name") if self.node[key] is not None}


def make_scene(model: Path, target: Path) -> None:
    """Mesh the model in this process and save the scene."""
    from ifcjob import options as contract
    from ifcjob_runner.data.engine_import import import_ifcopenshell
    from ifcjob_runner.data.model import Model
    from ifcjob_runner.data.relations.hierarchy import Hierarchy
    from ifcjob_runner.data.units import ProjectUnits
    from ifcjob_runner.engine_options import GltfOptions
    from ifcjob_runner.geometry.coverage import assemble
    from ifcjob_runner.geometry.engines.kernel import Kernel
    from ifcjob_runner.geometry.engines.lite import mesh_with_lite
    from ifcjob_runner.geometry.planning.selection import Selection
    from ifcjob_runner.geometry.planning.worklist import make_worklist
    from ifcjob_runner.geometry.store import StoreWriter
    from ifcjob_runner.stages.spatial_tree import spatial_tree

    file = import_ifcopenshell().open(str(model), lazy=True)
    data, options = Model(file), GltfOptions(contract.GltfOptions().model_dump(mode="json"))
    worklist = make_worklist(file, options, ProjectUnits(data).length, Selection(file, options, None))
    store = StoreWriter(target.with_suffix(".store"))
    content = memoryview(model.read_bytes())
    lite = {number: shape for number, shape in enumerate(worklist.shapes) if shape.engine == "lite"}
    kernel, rest = Kernel(file, options), set(range(len(worklist.shapes)))
    for number, result in mesh_with_lite(content, lite, worklist.free_id, worklist.length_scale):
        if not isinstance(result, str):
            rest.discard(number)
            store.add(number, "lite", result.mesh, result.shift, doubt=result.doubt)
    for number in sorted(rest):
        if (meshed := kernel.mesh(worklist.shapes[number])) is not None:
            store.add(number, "opencascade", *meshed)
    scene = assemble(worklist, [target.with_suffix(".store")])
    target.write_bytes(pickle.dumps(Scene(list(scene.meshes), scene.placements, spatial_tree(data, Hierarchy(data)))))


def items(scene: Scene) -> list[Item]:
    """Return the tree without what has no geometry."""
    tops = [top for top in (scene.tree["root"], *scene.tree["orphans"]) if top is not None]
    return [item for top in tops if (item := _item(top, scene)) is not None]


def _item(node: dict[str, Any], scene: Scene) -> Item | None:
    inside = (*node.get("children", ()), *node["elements"])
    children = [item for child in inside if (item := _item(child, scene)) is not None]
    placements = scene.placements.get(node["stepId"], [])
    return Item(node, placements, children) if placements or children else None


def ifcjob_writer(compression: str) -> Callable[[Path, Scene], None]:
    """Return the runner's writer, without the origin shift; its options are read before the clock starts."""
    from ifcjob import options as contract
    from ifcjob_runner.engine_options import GltfOptions
    from ifcjob_runner.glb.writer import write_glb

    checked = contract.GltfOptions(compression=compression, origin="none")
    options = GltfOptions(checked.model_dump(mode="json"))

    def write(path: Path, scene: Scene) -> None:
        write_glb(path, scene.meshes, scene.placements, scene.tree, options)

    return write


class PygltflibDocument:
    """The scene as pygltflib's objects, in one buffer."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self.document = library.GLTF2(scene=0)
        self.binary = bytearray()
        self._materials: dict[tuple[float, ...], int] = {}

    def add_mesh(self, mesh: Any) -> None:
        """Add a mesh with one primitive per colour."""
        low, high = mesh.positions.min(0).tolist(), mesh.positions.max(0).tolist()
        position = self._accessor(mesh.positions, 5126, "VEC3", 34962, min=low, max=high)
        short = len(mesh.positions) < 65535
        first, primitives = 0, []
        for colour, count in mesh.parts:
            corners = mesh.triangles[first : first + count].reshape(-1)
            first += count
            indices = self._accessor(corners.astype("u2" if short else "u4"), 5123 if short else 5125, "SCALAR", 34963)
            attributes = self._library.Attributes(POSITION=position)
            material = self._material(colour)
            primitives.append(self._library.Primitive(attributes=attributes, indices=indices, material=material))
        self.document.meshes.append(self._library.Mesh(primitives=primitives))

    def add_node(self, item: Item) -> int:
        """Add an item and everything below it; return the node's number."""
        node = self._library.Node(name=item.node["globalId"], extras=item.extras)
        if len(item.placements) == 1 and not item.children:
            node.mesh, node.matrix = item.placements[0].mesh, item.placements[0].matrix.T.reshape(-1).tolist()
            return self._append(node)
        node.children = [
            self._append(self._library.Node(mesh=placement.mesh, matrix=placement.matrix.T.reshape(-1).tolist()))
            for placement in item.placements
        ] + [self.add_node(child) for child in item.children]
        return self._append(node)

    def _append(self, node: Any) -> int:
        self.document.nodes.append(node)
        return len(self.document.nodes) - 1

    def _accessor(self, rows: Any, component: int, kind: str, target: int, **bounds: Any) -> int:
        views, accessors = self.document.bufferViews, self.document.accessors
        content = rows.tobytes()
        views.append(
            self._library.BufferView(buffer=0, byteOffset=len(self.binary), byteLength=len(content), target=target)
        )
        self.binary += content + bytes(-len(content) % 4)
        fields = {"bufferView": len(views) - 1, "componentType": component, "count": len(rows), "type": kind}
        accessors.append(self._library.Accessor(**fields, **bounds))
        return len(accessors) - 1

    def _material(self, colour: tuple[float, ...]) -> int:
        if colour not in self._materials:
            self._materials[colour] = len(self.document.materials)
            surface = self._library.PbrMetallicRoughness(
                baseColorFactor=list(colour), metallicFactor=0.0, roughnessFactor=0.8
            )
            mode = "BLEND" if colour[3] < 1 else "OPAQUE"
            self.document.materials.append(
                self._library.Material(pbrMetallicRoughness=surface, alphaMode=mode, doubleSided=True)
            )
        return self._materials[colour]


def write_with_pygltflib(path: Path, scene: Scene) -> None:
    """Build pygltflib's objects and save them."""
    library = import_module("pygltflib")
    built = PygltflibDocument(library)
    for mesh in scene.meshes:
        built.add_mesh(mesh)
    tops = [built.add_node(item) for item in items(scene)]
    root = library.Node(name="IFC", matrix=Z_UP_TO_Y_UP, children=tops)
    built.document.nodes.append(root)
    built.document.scenes = [library.Scene(nodes=[len(built.document.nodes) - 1])]
    built.document.buffers = [library.Buffer(byteLength=len(built.binary))]
    built.document.set_binary_blob(bytes(built.binary))
    built.document.save_binary(str(path))


def write_with_trimesh(path: Path, scene: Scene) -> None:
    """Build a trimesh scene and export it; a geometry of trimesh has one material, so each colour is a geometry."""
    library = import_module("trimesh")
    built = library.Scene(base_frame="IFC")
    materials: dict[tuple[float, ...], Any] = {}
    for number, mesh in enumerate(scene.meshes):
        first = 0
        for part, (colour, count) in enumerate(mesh.parts):
            if colour not in materials:
                materials[colour] = library.visual.material.PBRMaterial(
                    baseColorFactor=colour, metallicFactor=0.0, roughnessFactor=0.8, doubleSided=True
                )
            visual = library.visual.TextureVisuals(material=materials[colour])
            faces = mesh.triangles[first : first + count]
            first += count
            geometry = library.Trimesh(mesh.positions, faces, process=False, visual=visual)
            geometry.remove_unreferenced_vertices()
            built.geometry[f"{number}/{part}"] = geometry
    for parent, item in _pairs(items(scene), "IFC"):
        name = item.node["globalId"]
        built.graph.update(frame_from=parent, frame_to=name, metadata=item.extras)
        for place, placement in enumerate(item.placements):
            for part in range(len(scene.meshes[placement.mesh].parts)):
                built.graph.update(
                    frame_from=name,
                    frame_to=f"{name}/{place}/{part}",
                    matrix=placement.matrix,
                    geometry=f"{placement.mesh}/{part}",
                )
    path.write_bytes(built.export(file_type="glb"))


def _pairs(tops: list[Item], parent: str) -> Iterator[tuple[str, Item]]:
    for item in tops:
        yield parent, item
        yield from _pairs(item.children, item.node["globalId"])


def writer(name: str) -> Callable[[Path, Scene], None]:
    """Return a writer with everything it needs imported."""
    if name.startswith("ifcjob"):
        return ifcjob_writer(name.partition("-")[2] or "none")
    import_module(name)
    return write_with_pygltflib if name == "pygltflib" else write_with_trimesh


def measure(name: str, source: Path, target: Path) -> tuple[float, float, float]:
    """Return seconds, bytes of the file, and growth of this process's peak memory in KiB."""
    scene: Scene = pickle.loads(source.read_bytes())
    write = writer(name)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = perf_counter()
    write(target, scene)
    seconds = perf_counter() - started
    return seconds, target.stat().st_size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


def main() -> None:
    """Measure all writers on one model and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="an IFC file")
    parser.add_argument("--rounds", type=int, default=5, help="how often each writer writes the scene (default: 5)")
    options = parser.parse_args()
    if missing := [name for name in ("pygltflib", "trimesh") if find_spec(name) is None]:
        raise SystemExit(f"bench/gltf_writers.py: not installed in this Python: {', '.join(missing)}")
    with tempfile.TemporaryDirectory() as folder:
        scene = Path(folder, "scene.pickle")
        figures: dict[str, list[tuple[float, float, float]]] = {name: [] for name in NAMES}
        # A new process per task: no writer inherits the memory or the imports of another.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as processes:
            processes.submit(make_scene, options.model, scene).result()
            for _ in range(options.rounds):
                for name in NAMES:
                    figures[name].append(processes.submit(measure, name, scene, Path(folder, f"{name}.glb")).result())
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in figures.items()
    }
    print("| writer | time | bytes | memory |\n|---|---|---|---|")
    for name, values in medians.items():
        ratios = [f"{value / reference:.2f}" for value, reference in zip(values, medians["ifcjob"], strict=True)]
        print(f"| {name} | {' | '.join(ratios)} |")


if __name__ == "__main__":
    main()
