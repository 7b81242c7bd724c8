"""The data child: metadata, tree and properties while other children mesh the geometry, then the GLB from all of it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from ifcjob_runner.data.engine_import import import_ifcopenshell
from ifcjob_runner.data.hierarchy import Hierarchy
from ifcjob_runner.data.layered_items import lacks_layered_items
from ifcjob_runner.data.lost_values import has_misread_numbers, lost_values_finding
from ifcjob_runner.data.missing_references import (
    MissingReference,
    missing_reference_finding,
    missing_references,
    take_log,
)
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.original_ids import original_id_of, with_original_ids
from ifcjob_runner.data.property_lookup import PropertyLookup
from ifcjob_runner.data.storeys import Storeys
from ifcjob_runner.engine_options import Operations
from ifcjob_runner.processes.retries import LINE_SECONDS, limit_time
from ifcjob_runner.stages.elements import elements, write_elements
from ifcjob_runner.stages.gltf import Geometry, gltf
from ifcjob_runner.stages.metadata import metadata, outline
from ifcjob_runner.stages.properties import properties
from ifcjob_runner.stages.relations import relations
from ifcjob_runner.stages.spatial_tree import spatial_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ifcjob_runner.data.document import Finding, Metadata, SpatialTree
    from ifcjob_runner.engine_options import GltfOptions
    from ifcjob_runner.processes.messages import DataRole, WriteArtifacts
    from ifcjob_runner.processes.roles.run_role import Channel
    from ifcjob_runner.stages.elements import Columns

# Only geometry reads these, and they are most of a file: left out, it opens in less time and memory.
GEOMETRY_ONLY = (
    "IfcCartesianPointList3D", "IfcEdgeCurve", "IfcFace", "IfcFaceBound", "IfcIndexedPolygonalFace",
    "IfcOrientedEdge", "IfcPolyLoop", "IfcPolyline", "IfcVertexPoint",
)  # fmt: skip

SECONDS_PER_BYTE = 2e-6
"""The most CPU time for reading all data, in addition to that for a line; measured: a third, with all table formats."""


def data(channel: Channel[WriteArtifacts], role: DataRole, on_read: Callable[[], None] = lambda: None) -> None:
    """Run the data stages, wait until the geometry is complete, and write the artifacts that need both."""
    work = _Data(channel, role)
    limit_time(LINE_SECONDS + Path(role["path"]).stat().st_size * SECONDS_PER_BYTE)
    entities = work.read()
    limit_time(0)
    on_read()
    channel.send({"kind": "read", "entities": entities})
    if (request := channel.receive()) is not None:
        work.write(request)


class _Data:
    """Keeps the results of the first half for the second."""

    def __init__(self, channel: Channel[WriteArtifacts], role: DataRole) -> None:
        self._channel = channel
        self._operations = Operations(role["operations"])
        self._artifacts, self._folder = Path(role["artifacts"]), Path(role["folder"])
        self._facts, self._path = role["facts"], Path(role["path"])
        # Without geometry no other child counts the instances, so none may be left out.
        bypass = GEOMETRY_ONLY if self._operations.gltf is not None else ()
        lazy = self._facts["dataSections"] == 1  # the lazy reader sees the first section only
        file = import_ifcopenshell().open(role["path"], lazy=lazy, bypass_types=bypass if lazy else ())
        if lazy and bypass and lacks_layered_items(file, self._path):
            file = import_ifcopenshell().open(role["path"], lazy=True)
        self._original_id = original_id_of(self._facts)
        self._model = Model(file, self._original_id, self._path)
        self._document: Metadata = {}
        self._missing: list[MissingReference] = []
        self._has_misread_numbers = False
        self._tree: SpatialTree = {"root": None, "orphans": []}
        self._columns: Columns | None = None
        self._table = self._artifacts / "properties.parquet"

    def read(self) -> int:
        """Run metadata, spatial_tree and properties; return how many entities were opened."""
        hierarchy = Hierarchy(self._model)
        if self._operations.metadata:
            with self._stage("metadata"):
                self._document = metadata(self._model, self._facts, hierarchy)
        else:  # the report and the GLB need this much
            self._document = outline(self._model, self._facts, hierarchy)
        with self._stage("spatial_tree"):
            self._tree = spatial_tree(self._model, hierarchy)
            if self._operations.spatial_tree:
                tree = with_original_ids(self._tree, self._original_id)
                (self._artifacts / "spatial-tree.json").write_bytes(orjson.dumps(tree))
        options, storeys = self._operations.properties, Storeys(self._model, hierarchy)
        if options is not None:
            with self._stage("properties"):
                result = properties(self._model, self._table, options.formats, self._report_progress, storeys=storeys)
                self._add_findings(result.findings)
                self._columns = elements(self._model, hierarchy, storeys)
                relations(self._model, self._artifacts / "relations.parquet")
                self._add_findings(self._model.unreadable_findings())
        elif self._wants_extras():
            self._table = self._folder / self._table.name  # for the extras only, not an artifact
            properties(self._model, self._table, storeys=storeys)
        log = take_log()
        self._has_misread_numbers = has_misread_numbers(log)
        self._missing = missing_references(self._model.file, log)
        if (lost := lost_values_finding(log, self._path)) is not None:
            self._add_findings([lost])
        return self._document["counts"]["entities"]

    def write(self, request: WriteArtifacts) -> None:
        """Write the GLB and the artifacts that depend on it, and report."""
        geometry = Geometry()
        if self._operations.gltf is not None:
            self._document["counts"]["entities"] = request["entities"]
            with self._stage("gltf"):
                geometry = self._gltf(request, self._operations.gltf)
        if self._columns is not None:
            path = self._artifacts / "elements.parquet"
            formats = self._operations.properties.formats if self._operations.properties else ()
            write_elements(path, self._columns, geometry.boxes, geometry.triangles, self._original_id, formats)
        self._document["boundingBox"] = geometry.bounding_box
        self._add_findings(geometry.findings)
        if missing := [*self._missing, *geometry.missing]:
            self._add_findings([missing_reference_finding(missing, geometry.lacking, self._original_id)])
        if self._operations.metadata:
            (self._artifacts / "metadata.json").write_bytes(orjson.dumps(self._document))
        self._write_databases()
        self._channel.send(
            {
                "kind": "written",
                "result": {
                    "findings": self._document["findings"],
                    "coverage": geometry.coverage,
                    "triangles": geometry.triangle_count,
                    "elements": self._document["counts"]["elements"],
                    "has_misread_numbers": self._has_misread_numbers or geometry.has_misread_numbers,
                },
            }
        )

    def _write_databases(self) -> None:
        """Write the formats that hold all tables and documents."""
        options = self._operations.properties
        names = {"sqlite", "duckdb"} & set(options.formats if options else ())
        if not names:
            return
        from ifcjob_runner.data.database import Documents, write_duckdb, write_sqlite  # 5 ms, and few requests need it

        writers = {"sqlite": write_sqlite, "duckdb": write_duckdb}
        documents = Documents(
            self._document if self._operations.metadata else None,
            with_original_ids(self._tree, self._original_id) if self._operations.spatial_tree else None,
        )
        for name in sorted(names):
            writers[name](self._artifacts / f"model.{name}", self._artifacts, documents)

    def _gltf(self, request: WriteArtifacts, options: GltfOptions) -> Geometry:
        return gltf(
            self._artifacts / "model.glb",
            self._folder,
            [Path(store) for store in request["stores"]],
            request["reasons"],
            self._tree,
            options,
            PropertyLookup(self._table, self._original_id) if self._wants_extras() else None,
            crs=self._crs_name(),
            archive=self._facts.get("archive"),
            model=self._model,
        )

    def _crs_name(self) -> str | None:
        crs = self._document["georeference"]["crs"]
        return None if crs is None else crs["name"]

    def _wants_extras(self) -> bool:
        return self._operations.gltf is not None and self._operations.gltf.extras == "properties"

    def _add_findings(self, findings: Iterable[Finding]) -> None:
        """Add findings; one that has grown since replaces its earlier state."""
        known = self._document["findings"]
        for finding in findings:
            if finding not in known:
                if finding["code"] in ("UnreadableInstance", "NotText"):
                    known[:] = [other for other in known if other["code"] != finding["code"]]
                known.append(finding)

    def _report_progress(self, done: int, total: int) -> None:
        self._channel.send({"kind": "progress", "stage": "properties", "done": done, "total": total})

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self._channel.send({"kind": "started", "stage": name})
        began = time.perf_counter()
        yield
        self._channel.send({"kind": "finished", "stage": name, "seconds": time.perf_counter() - began})
