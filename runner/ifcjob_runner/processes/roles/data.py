"""The data child: metadata, tree and properties while other children mesh the geometry, then the GLB from all of it."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from ifcjob_runner.data.engine_import import import_ifcopenshell, import_pyarrow_without_numpy
from ifcjob_runner.data.formats.deep_json import json_of
from ifcjob_runner.data.metadata.lost_values import has_misread_numbers, lost_values_finding
from ifcjob_runner.data.metadata.missing_references import (
    MissingReference,
    missing_reference_finding,
    missing_references,
    take_log,
)
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.original_ids import original_id_of, with_original_ids
from ifcjob_runner.data.properties.property_lookup import PropertyLookup
from ifcjob_runner.data.relations.hierarchy import Hierarchy
from ifcjob_runner.data.relations.layered_items import lacks_layered_items
from ifcjob_runner.data.relations.storeys import Storeys
from ifcjob_runner.engine_options import Operations
from ifcjob_runner.processes.retries import LINE_SECONDS, limit_time
from ifcjob_runner.stages.elements import elements, write_elements
from ifcjob_runner.stages.geometry_facts import Geometry
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


APART_BYTES = 32 << 20
"""A larger file is read in a process of its own: what was read takes a tenth of the memory of the open file."""


def data(channel: Channel[WriteArtifacts], role: DataRole, on_read: Callable[[], None] = lambda: None) -> None:
    """Run the data stages, wait until the geometry is complete, and write the artifacts that need both."""
    work = _Data(channel, role)
    is_large = role["isTight"] or Path(role["path"]).stat().st_size > APART_BYTES
    if is_large and not role["byLine"]:
        from ifcjob_runner.processes.roles.apart import result_of  # few runs need it

        work.results = result_of(work.read, Path(role["folder"]) / "data.pickle")
    else:
        work.read()
    on_read()
    channel.send({"kind": "read", "entities": work.results.entities})
    work.prepare_writing()
    if (request := channel.receive()) is not None:
        work.write(request)


@dataclass
class _Results:
    """The results of the first half for the second."""

    document: Metadata = field(default_factory=dict)  # type: ignore[assignment] # set by `read`
    tree: SpatialTree = field(default_factory=dict)  # type: ignore[assignment] # set by `read`
    columns: Columns | None = None
    missing: list[MissingReference] = field(default_factory=list)
    has_misread_numbers: bool = False
    entities: int = 0
    """How many were opened."""


class _Data:
    def __init__(self, channel: Channel[WriteArtifacts], role: DataRole) -> None:
        self._channel = channel
        self._operations = Operations(role["operations"])
        self._artifacts, self._folder = Path(role["artifacts"]), Path(role["folder"])
        self._facts, self._path = role["facts"], Path(role["path"])
        if self._operations.gltf is not None:
            self._facts["entities"] = 0  # the planner counts them: this child opens only some, and counting takes time
        self._original_id = original_id_of(self._facts)
        self.results = _Results()
        self._table = (self._artifacts if self._operations.properties else self._folder) / "properties.parquet"

    @cached_property
    def _model(self) -> Model:
        """Open the file."""
        # Without geometry no other child counts the instances, so none may be left out.
        bypass = GEOMETRY_ONLY if self._operations.gltf is not None else ()
        lazy = self._facts["dataSections"] == 1  # the lazy reader sees the first section only
        path = str(self._path)
        file = import_ifcopenshell().open(path, lazy=lazy, bypass_types=bypass if lazy else ())
        if lazy and bypass and lacks_layered_items(file, self._path):
            file = import_ifcopenshell().open(path, lazy=True)
        return Model(file, self._original_id, self._path)

    def read(self) -> _Results:
        """Run metadata, spatial_tree and properties."""
        limit_time(LINE_SECONDS + self._path.stat().st_size * SECONDS_PER_BYTE)
        self._read_model()
        log = take_log()
        self.results.has_misread_numbers = has_misread_numbers(log)
        self.results.missing = missing_references(self._model.file, log)
        if (lost := lost_values_finding(log, self._path)) is not None:
            self._add_findings([lost])
        self.results.entities = self.results.document["counts"]["entities"]
        limit_time(0)
        return self.results

    def prepare_writing(self) -> None:
        """Load, while others mesh, what the second half needs: a tenth of the time that is left after the geometry."""
        if self.results.columns is not None:
            if self._operations.gltf is None:
                import_pyarrow_without_numpy()
            import pyarrow._parquet  # noqa: F401 - the reader of a large file has loaded it in its own process only
        if self._operations.gltf is not None:
            import ifcjob_runner.stages.gltf  # noqa: F401 - a run without a GLB needs none of it

    def _read_model(self) -> None:
        results, hierarchy = self.results, Hierarchy(self._model)
        if self._operations.metadata:
            with self._stage("metadata"):
                results.document = metadata(self._model, self._facts, hierarchy)
        else:  # the report and the GLB need this much
            results.document = outline(self._model, self._facts, hierarchy)
        with self._stage("spatial_tree"):
            results.tree = spatial_tree(self._model, hierarchy)
            if self._operations.spatial_tree:
                tree = with_original_ids(results.tree, self._original_id)
                (self._artifacts / "spatial-tree.json").write_bytes(json_of(tree))
        options, storeys = self._operations.properties, Storeys(self._model, hierarchy)
        if options is not None:
            if self._operations.gltf is None:
                import_pyarrow_without_numpy()
            with self._stage("properties"):
                table = properties(self._model, self._table, options.formats, self._report_progress, storeys=storeys)
                self._add_findings(table.findings)
                results.columns = elements(self._model, hierarchy, storeys)
                relations(self._model, self._artifacts / "relations.parquet")
                self._add_findings(self._model.unreadable_findings())
        elif self._wants_extras():  # the table is for the extras only, not an artifact
            properties(self._model, self._table, storeys=storeys)

    def write(self, request: WriteArtifacts) -> None:
        """Write the GLB and the artifacts that depend on it, and report."""
        geometry = Geometry()
        if self._operations.gltf is not None:
            self.results.document["counts"]["entities"] = request["entities"]
            with self._stage("gltf"):
                geometry = self._gltf(request, self._operations.gltf)
        if self.results.columns is not None:
            path = self._artifacts / "elements.parquet"
            formats = self._operations.properties.formats if self._operations.properties else ()
            write_elements(path, self.results.columns, geometry.boxes, geometry.triangles, self._original_id, formats)
        self.results.document["boundingBox"] = geometry.bounding_box
        self._add_findings(geometry.findings)
        if missing := [*self.results.missing, *geometry.missing]:
            self._add_findings([missing_reference_finding(missing, geometry.lacking, self._original_id)])
        if self._operations.metadata:
            (self._artifacts / "metadata.json").write_bytes(orjson.dumps(self.results.document))
        self._write_databases()
        self._channel.send(
            {
                "kind": "written",
                "result": {
                    "findings": self.results.document["findings"],
                    "coverage": geometry.coverage,
                    "triangles": geometry.triangle_count,
                    "elements": self.results.document["counts"]["elements"],
                    "has_misread_numbers": self.results.has_misread_numbers or geometry.has_misread_numbers,
                },
            }
        )

    def _write_databases(self) -> None:
        """Write the formats that hold all tables and documents."""
        options = self._operations.properties
        names = {"sqlite", "duckdb"} & set(options.formats if options else ())
        if not names:
            return
        from ifcjob_runner.data.formats.database import (  # 5 ms, and few requests need it
            Documents,
            write_duckdb,
            write_sqlite,
        )

        writers = {"sqlite": write_sqlite, "duckdb": write_duckdb}
        documents = Documents(
            self.results.document if self._operations.metadata else None,
            with_original_ids(self.results.tree, self._original_id) if self._operations.spatial_tree else None,
        )
        for name in sorted(names):
            writers[name](self._artifacts / f"model.{name}", self._artifacts, documents)

    def _gltf(self, request: WriteArtifacts, options: GltfOptions) -> Geometry:
        from ifcjob_runner.stages.gltf import gltf  # loaded by prepare_writing

        return gltf(
            self._artifacts / "model.glb",
            self._folder,
            [Path(store) for store in request["stores"]],
            request["reasons"],
            self.results.tree,
            options,
            PropertyLookup(self._table, self._original_id) if self._wants_extras() else None,
            crs=self._crs_name(),
            archive=self._facts.get("archive"),
            model=lambda: self._model,
        )

    def _crs_name(self) -> str | None:
        crs = self.results.document["georeference"]["crs"]
        return None if crs is None else crs["name"]

    def _wants_extras(self) -> bool:
        return self._operations.gltf is not None and self._operations.gltf.extras == "properties"

    def _add_findings(self, findings: Iterable[Finding]) -> None:
        """Add findings; one that has grown since replaces its earlier state."""
        known = self.results.document["findings"]
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
