"""The data process: metadata, tree and properties while geometry is meshed elsewhere, then the GLB from all of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from ifcjob.options import Operations
from ifcjob_runner.data.hierarchy import Hierarchy
from ifcjob_runner.data.model import Model
from ifcjob_runner.lean import lean_import
from ifcjob_runner.roles.run_role import Arguments, Channel
from ifcjob_runner.stages.elements import elements, write_elements
from ifcjob_runner.stages.gltf import Geometry, NoGeometry, gltf
from ifcjob_runner.stages.metadata import metadata
from ifcjob_runner.stages.properties import properties
from ifcjob_runner.stages.spatial_tree import spatial_tree

# Only geometry reads these, and they are nine tenths of a file: left out, it opens in half the time and memory.
GEOMETRY_ONLY = (
    "IfcCartesianPointList3D", "IfcFace", "IfcFaceBound", "IfcFaceOuterBound", "IfcPolyLoop", "IfcPolyline",
    "IfcIndexedPolygonalFace", "IfcEdgeCurve", "IfcOrientedEdge", "IfcVertexPoint",
)  # fmt: skip


def data(channel: Channel, arguments: Arguments) -> None:
    """Run the data stages, wait for the geometry if there is any, and write what needs both."""
    operations = Operations.model_validate(arguments["operations"])
    artifacts = Path(arguments["artifacts"])
    model = Model(lean_import().open(arguments["path"], lazy=True, bypass_types=GEOMETRY_ONLY))
    with _stage(channel, "metadata"):
        document = metadata(model, arguments["facts"])
    with _stage(channel, "spatial_tree"):
        hierarchy = Hierarchy(model)
        tree = spatial_tree(model, hierarchy)
        if operations.spatial_tree is not None:
            (artifacts / "spatial-tree.json").write_bytes(orjson.dumps(tree))
    columns = None
    if operations.properties is not None:
        with _stage(channel, "properties"):
            properties(model, artifacts / "properties.parquet", operations.properties.formats, _progress(channel))
            columns = elements(model, tree)
    geometry: Geometry = NoGeometry()
    channel.send(waiting=True)
    order = channel.receive() or {}
    if operations.gltf is not None:
        with _stage(channel, "gltf"):
            look_up = element_properties(model) if operations.gltf.extras == "properties" else None
            geometry = gltf(artifacts / "model.glb", order, Path(arguments["folder"]), tree, operations.gltf, look_up)
    if columns is not None:
        write_elements(artifacts / "elements.parquet", columns, geometry.boxes, geometry.triangles)
    document["boundingBox"] = geometry.bounding_box
    document["findings"] = [*document["findings"], *geometry.findings]
    if operations.metadata is not None:
        (artifacts / "metadata.json").write_bytes(orjson.dumps(document))
    channel.send(
        result={
            "findings": document["findings"],
            "coverage": geometry.coverage,
            "triangles": geometry.triangle_count,
            "elements": document["counts"]["elements"],
            "schema": document["file"]["schema"],
        }
    )


@contextmanager
def _stage(channel: Channel, name: str) -> Iterator[None]:
    channel.send(started=name)
    begin = time.perf_counter()
    yield
    channel.send(stage=name, seconds=time.perf_counter() - begin)


def _progress(channel: Channel) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        channel.send(progress=[done, total])

    return report
