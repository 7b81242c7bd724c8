"""The data process: metadata, tree and properties while geometry is meshed elsewhere, then the GLB from all of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import orjson

from ifcjob_runner.data.engine_import import import_ifcopenshell
from ifcjob_runner.data.hierarchy import Hierarchy
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.property_lookup import PropertyLookup
from ifcjob_runner.processes.roles.run_role import Arguments, Channel
from ifcjob_runner.stages.elements import Columns, elements, write_elements
from ifcjob_runner.stages.gltf import Geometry, gltf
from ifcjob_runner.stages.metadata import metadata, outline
from ifcjob_runner.stages.properties import properties
from ifcjob_runner.stages.spatial_tree import spatial_tree

if TYPE_CHECKING:
    from ifcjob.options import Operations

# Only geometry reads these, and they are most of a file: left out, it opens in less time and memory.
GEOMETRY_ONLY = (
    "IfcCartesianPointList3D", "IfcEdgeCurve", "IfcFace", "IfcFaceBound", "IfcIndexedPolygonalFace",
    "IfcOrientedEdge", "IfcPolyLoop", "IfcPolyline", "IfcVertexPoint",
)  # fmt: skip


def data(channel: Channel, arguments: Arguments) -> None:
    """Run the data stages, wait for the geometry if there is any, and write what needs both."""
    work = _Data(channel, arguments)
    work.read()
    channel.send(waiting=True)
    work.write(channel.receive() or {})


def _namespaces(operations: dict[str, Any]) -> "Operations":
    """Return the operations as attributes; None for those not asked for."""
    return cast("Operations", SimpleNamespace(**{name: o and SimpleNamespace(**o) for name, o in operations.items()}))


class _Data:
    """What the first half knows, for the second."""

    def __init__(self, channel: Channel, arguments: Arguments) -> None:
        self._channel = channel
        self._operations = _namespaces(arguments["operations"])  # checked by the supervisor
        self._artifacts, self._folder = Path(arguments["artifacts"]), Path(arguments["folder"])
        self._facts: dict[str, Any] = arguments["facts"]
        # Without geometry nobody else counts the instances, so none may be left out.
        bypass = GEOMETRY_ONLY if self._operations.gltf is not None else ()
        lazy = self._facts["dataSections"] == 1  # the lazy reader sees the first section only
        self._model = Model(
            import_ifcopenshell().open(arguments["path"], lazy=lazy, bypass_types=bypass if lazy else ())
        )
        self._document: dict[str, Any] = {}
        self._tree: dict[str, Any] = {}
        self._columns: Columns | None = None
        self._table = self._artifacts / "properties.parquet"

    def read(self) -> None:
        """Run metadata, spatial_tree and properties."""
        hierarchy = Hierarchy(self._model)
        if self._operations.metadata is not None:
            with self._stage("metadata"):
                self._document = metadata(self._model, self._facts, hierarchy)
        else:  # what the report and the GLB tell all the same
            self._document = outline(self._model, self._facts)
        with self._stage("spatial_tree"):
            self._tree = spatial_tree(self._model, hierarchy)
            if self._operations.spatial_tree is not None:
                (self._artifacts / "spatial-tree.json").write_bytes(orjson.dumps(self._tree))
        wanted, in_extras = self._operations.properties, self._wants_extras()
        if wanted is not None:
            with self._stage("properties"):
                result = properties(self._model, self._table, wanted.formats, self._report_progress)
                self._add_findings(result.findings)
                self._columns = elements(self._model, hierarchy)
        elif in_extras:
            self._table = self._folder / self._table.name  # for the extras only: no artifact
            properties(self._model, self._table)

    def write(self, order: dict[str, Any]) -> None:
        """Write the GLB, then what needs to know about it, and report."""
        geometry = Geometry()
        if self._operations.gltf is not None:
            self._document["counts"]["entities"] = order["entities"]
            with self._stage("gltf"):
                property_lookup = PropertyLookup(self._table) if self._wants_extras() else None
                glb = self._artifacts / "model.glb"
                crs = (self._document["georeference"]["crs"] or {}).get("name")
                geometry = gltf(glb, order, self._folder, self._tree, self._operations.gltf, property_lookup, crs=crs)
        if self._columns is not None:
            path = self._artifacts / "elements.parquet"
            write_elements(path, self._columns, geometry.boxes, geometry.triangles)
        self._document["boundingBox"] = geometry.bounding_box
        self._add_findings(geometry.findings)
        if self._operations.metadata is not None:
            (self._artifacts / "metadata.json").write_bytes(orjson.dumps(self._document))
        result = {
            "findings": self._document["findings"],
            "coverage": geometry.coverage,
            "triangles": geometry.triangle_count,
            "elements": self._document["counts"]["elements"],
        }
        self._channel.send(result=result)

    def _wants_extras(self) -> bool:
        return self._operations.gltf is not None and self._operations.gltf.extras == "properties"

    def _add_findings(self, findings: Any) -> None:
        known = self._document["findings"]
        known.extend(finding for finding in findings if finding not in known)

    def _report_progress(self, done: int, total: int) -> None:
        self._channel.send(progress=[done, total])

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self._channel.send(started=name)
        begin = time.perf_counter()
        yield
        self._channel.send(stage=name, seconds=time.perf_counter() - begin)
