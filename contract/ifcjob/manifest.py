"""manifest.json: input, engines, options and artifacts of one run. Its presence commits an attempt."""

from typing import Any, Literal

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.options import Operations
from ifcjob.report import CoverageCounts, Doubtful, Seconds, Skipped, StageTime, Summary

MEDIA_TYPES = {
    "metadata.json": "application/json",
    "spatial-tree.json": "application/json",
    "elements.parquet": "application/vnd.apache.parquet",
    "elements.csv": "text/csv",
    "properties.parquet": "application/vnd.apache.parquet",
    "properties.csv": "text/csv",
    "properties.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "properties.ndjson": "application/x-ndjson",
    "relations.parquet": "application/vnd.apache.parquet",
    "model.sqlite": "application/vnd.sqlite3",
    "model.duckdb": "application/octet-stream",
    "model.glb": "model/gltf-binary",
    "manifest.json": "application/json",
}
"""All artifact names with their media types."""
MANIFEST = "manifest.json"
RUN_LOG = "run.log"
"""The log of an attempt in a bucket, beside the artifacts. It is not an artifact: no two runs write the same."""
RUN_LOG_BYTES = 2**20
"""Its maximum size: the last lines of a longer log."""
FORMAT_VERSION = 1
FORMAT_FILES = {
    "csv": ("elements.csv", "properties.csv"),
    "duckdb": ("model.duckdb",),
    "ndjson": ("properties.ndjson",),
    "sqlite": ("model.sqlite",),
    "xlsx": ("properties.xlsx",),
}
"""The artifacts of each additional format of the properties operation."""


def artifact_names(operations: Operations) -> tuple[str, ...]:
    """Return the names of the files that a run with these operations publishes, the manifest last."""
    selected = operations.or_all()
    formats = selected.properties.formats if selected.properties else []
    names = {
        "metadata.json": selected.metadata,
        "spatial-tree.json": selected.spatial_tree,
        "elements.parquet": selected.properties,
        "properties.parquet": selected.properties,
        **{file: selected.properties for name in sorted(set(formats)) for file in FORMAT_FILES[name]},
        "relations.parquet": selected.properties,
        "model.glb": selected.gltf,
    }
    return (*(name for name, options in names.items() if options is not None), MANIFEST)


class Finding(ContractType):
    """A problem in the IFC file that did not stop the run."""

    code: str
    """A stable name, such as `DuplicateGlobalId`."""
    severity: Literal["info", "warning", "error"] = "warning"
    """Severity."""
    message: str
    """Description for people."""
    global_ids: list[str] = Field(default_factory=list)
    """GlobalIds of the affected elements, at most 100."""
    count: int = 1
    """Number of occurrences."""


class Input(ContractType):
    """The file that was read."""

    uri: str
    """URI of the file, without credentials."""
    sha256: str
    """SHA-256 of the bytes as fetched."""
    bytes: int
    """Size as fetched."""


class Artifact(ContractType):
    """One published file."""

    name: str
    """File name, beside this manifest or in its `folder`."""
    media_type: str
    """IANA media type."""
    bytes: int
    """Size."""
    sha256: str
    """SHA-256 of the content."""


class Coverage(ContractType):
    """Elements with a body, compared with nodes in the GLB; each missing element is listed."""

    expected: int
    """Elements with a body representation, after the request's filters."""
    emitted: int
    """Expected elements that have triangles in the GLB."""
    skipped: list[Skipped]
    """All missing elements, each with its reason."""
    doubtful: list[Doubtful] = Field(default_factory=list)
    """Emitted elements whose shape or place could not be proved, each with its reason."""

    def counts(self) -> CoverageCounts:
        """Return the numbers without the elements."""
        return CoverageCounts(
            expected=self.expected, emitted=self.emitted, skipped=len(self.skipped), doubtful=len(self.doubtful)
        )


class Manifest(ContractType):
    """manifest.json."""

    format_version: int = FORMAT_VERSION
    """Version of the artifacts' format. It increases when a program that reads them must change; new fields, columns
    and files do not increase it."""
    outcome: Literal["Succeeded", "Degraded"] = "Succeeded"
    """`Succeeded`, or `Degraded` if elements are missing from the GLB: `coverage.skipped` lists them. A failed run
    writes no manifest."""
    input: Input
    """The file that was read."""
    engine: dict[str, str]
    """Versions of ifcjob and of the engines that made the artifacts."""
    options: dict[str, Any]
    """The operations with all their options, defaults included."""
    artifacts: list[Artifact]
    """All artifacts except this manifest, sorted by name."""
    coverage: Coverage | None = None
    """Geometry coverage, when a GLB was made."""
    stages: list[StageTime]
    """Seconds per stage."""
    cpu_seconds: Seconds
    """CPU seconds of all processes."""
    peak_memory_bytes: int
    """Peak memory of all processes together; pages that they share count once (proportional set size). Runs side by
    side share pages, which count in full for each: the run alone would need that much."""
    findings: list[Finding]
    """Problems in the IFC file."""
    folder: str | None = None
    """Only in the copy that the operator commits at the top of the output prefix: the folder of the artifacts below it,
    such as `1f0c2a9e-1/`."""
    ifcjob: str | None = None
    """Only in that copy: `namespace/name` of the IfcJob."""
    uid: str | None = None
    """Only in that copy: uid of the IfcJob."""
    summary: Summary | None = None
    """Only in that copy: the numbers of the run, as in the IfcJob's status."""
