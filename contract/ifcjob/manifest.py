"""manifest.json: what one run read, how, and every artifact it made. Its presence commits an attempt."""

from typing import Any, Literal

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.options import Operations
from ifcjob.report import Skipped, StageTime, Summary

MEDIA_TYPES = {
    "metadata.json": "application/json",
    "spatial-tree.json": "application/json",
    "elements.parquet": "application/vnd.apache.parquet",
    "properties.parquet": "application/vnd.apache.parquet",
    "properties.csv": "text/csv",
    "properties.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "properties.ndjson": "application/x-ndjson",
    "model.glb": "model/gltf-binary",
    "manifest.json": "application/json",
}
"""Every artifact name there is, with its media type."""
MANIFEST = "manifest.json"


def artifact_names(operations: Operations) -> tuple[str, ...]:
    """Name the files a run with these operations publishes, the manifest last."""
    asked = operations.or_all()
    formats = asked.properties.formats if asked.properties else []
    names = {
        "metadata.json": asked.metadata,
        "spatial-tree.json": asked.spatial_tree,
        "elements.parquet": asked.properties,
        "properties.parquet": asked.properties,
        **{f"properties.{name}": asked.properties for name in sorted(set(formats))},
        "model.glb": asked.gltf,
    }
    return (*(name for name, options in names.items() if options is not None), MANIFEST)


class Finding(ContractType):
    """A problem in the IFC file that the run survived."""

    code: str
    """A stable name, such as `DuplicateGlobalId`."""
    severity: Literal["info", "warning", "error"] = "warning"
    """How much it matters."""
    message: str
    """What was found, for a person."""
    global_ids: list[str] = Field(default_factory=list)
    """The elements concerned, at most 100."""
    count: int = 1
    """How often it was found."""


class Input(ContractType):
    """The file that was read."""

    uri: str
    """Where it came from, without credentials."""
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
    """Elements with a body against nodes in the GLB: a shortfall is never silent."""

    expected: int
    """Elements with a body representation, after the request's filters."""
    emitted: int
    """Of those, how many have triangles in the GLB."""
    skipped: list[Skipped]
    """Every element that is missing, with its reason."""


class Manifest(ContractType):
    """manifest.json."""

    input: Input
    """The file that was read."""
    engine: dict[str, str]
    """Versions of ifcjob and of every engine that shaped the artifacts."""
    options: dict[str, Any]
    """The operations with all their options, defaults included."""
    artifacts: list[Artifact]
    """Every artifact but this one, sorted by name."""
    coverage: Coverage | None = None
    """Geometry coverage, when a GLB was made."""
    stages: list[StageTime]
    """Seconds per stage."""
    cpu_seconds: float
    """CPU seconds of all processes."""
    peak_memory_bytes: int
    """Highest memory of all processes together (proportional set size)."""
    findings: list[Finding]
    """Problems in the IFC file."""
    folder: str | None = None
    """Only in the copy that a cluster commits at the top of the output prefix: the folder below it that has the
    artifacts, such as `1f0c2a9e-1/`."""
    ifcjob: str | None = None
    """Only there: `namespace/name` of the IfcJob."""
    uid: str | None = None
    """Only there: the IfcJob's uid."""
    summary: Summary | None = None
    """Only there: the run's numbers, as in the IfcJob's status."""
