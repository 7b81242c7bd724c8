"""The JSON documents of the data stages, as plain dictionaries in the shape of the contract's types.

The engine's processes never load pydantic, which would cost a small run a fifth of its time. The tests validate every
document against its contract type instead, and the supervisor validates the documents that it passes on.
"""

from collections.abc import Sequence
from typing import Literal, NotRequired, TypedDict

MAX_LISTED = 100
"""The most GlobalIds that a finding lists."""

Severity = Literal["info", "warning", "error"]
Vector = tuple[float, float, float]


class Finding(TypedDict):
    """As ifcjob.manifest.Finding."""

    code: str
    severity: Severity
    message: str
    globalIds: list[str]
    count: int


class Archive(TypedDict):
    """The zip that an IFC file was unpacked from."""

    path: str
    member: str
    """The name of the IFC file in it."""


class FileFacts(TypedDict):
    """The facts about the file that fetch and inspect know."""

    name: str
    bytes: int
    sha256: str
    schema: str
    dataSections: int
    schemaIdentifier: str
    findings: list[Finding]
    entities: NotRequired[int]
    """Given when the model need not be asked for the number of its instances."""
    instances: NotRequired[int]
    """The number of instances that an engine must read, when it is certain."""
    originalIds: NotRequired[list[int]]
    """Given when instances were renumbered: their numbers in the file."""
    firstNewId: NotRequired[int]
    """The new number of the first of them; the others follow."""
    archive: NotRequired[Archive]
    """Given when the file was in a zip."""


class Application(TypedDict):
    """As ifcjob.metadata.Application."""

    name: str | None
    version: str | None
    identifier: str | None
    developer: str | None


class FileDescription(TypedDict):
    """As ifcjob.metadata.FileFacts."""

    name: str
    bytes: int
    sha256: str
    schema: str
    schemaIdentifier: str
    description: list[str]
    viewDefinitions: list[str]
    timestamp: str | None
    author: list[str]
    organization: list[str]
    preprocessor: str | None
    originatingSystem: str | None
    application: str | None
    applications: list[Application]


class Project(TypedDict):
    """As ifcjob.metadata.Project."""

    globalId: str
    stepId: int
    name: str | None
    longName: str | None
    description: str | None
    phase: str | None


class Unit(TypedDict):
    """As ifcjob.metadata.Unit."""

    type: str
    name: str | None
    symbol: str | None
    scale: float | None
    offset: float | None


class Units(TypedDict):
    """As ifcjob.metadata.Units."""

    lengthScale: float
    planeAngleScale: float
    assigned: list[Unit]


class Crs(TypedDict):
    """As ifcjob.metadata.Crs."""

    name: str | None
    description: str | None
    geodeticDatum: str | None
    verticalDatum: str | None
    mapProjection: str | None
    mapZone: str | None
    mapUnit: str | None


class MapConversion(TypedDict):
    """As ifcjob.metadata.MapConversion."""

    source: str
    eastings: float
    northings: float
    orthogonalHeight: float
    xAxisAbscissa: float | None
    xAxisOrdinate: float | None
    rotation: float
    scale: float
    factors: Vector | None


class TrueNorth(TypedDict):
    """As ifcjob.metadata.TrueNorth."""

    vector: tuple[float, float]
    degrees: float


class SiteLocation(TypedDict):
    """As ifcjob.metadata.SiteLocation."""

    latitude: float
    longitude: float
    elevation: float | None


class Georeference(TypedDict):
    """As ifcjob.metadata.Georeference."""

    crs: Crs | None
    epsg: int | None
    mapConversion: MapConversion | None
    trueNorth: TrueNorth | None
    site: SiteLocation | None


class Counts(TypedDict):
    """As ifcjob.metadata.Counts."""

    entities: int
    products: int
    elements: int
    byClass: dict[str, int]


class BoundingBox(TypedDict):
    """As ifcjob.metadata.BoundingBox."""

    min: list[float]
    max: list[float]


ExternalResource = TypedDict(
    "ExternalResource",
    {"stepId": int, "class": str, "identification": str | None, "name": str | None, "uri": str | None},
)
"""As ifcjob.metadata.ExternalResource."""


class Metadata(TypedDict, total=False):
    """As ifcjob.metadata.Metadata; `outline` leaves out what only metadata.json needs."""

    file: FileDescription
    project: Project | None
    units: Units
    georeference: Georeference
    counts: Counts
    boundingBox: BoundingBox | None
    documents: list[ExternalResource]
    libraries: list[ExternalResource]
    findings: list[Finding]


TreeNode = TypedDict(
    "TreeNode",
    {
        "globalId": str,
        "stepId": int,
        "class": str,
        "name": str | None,
        "elements": list["TreeNode"],
        "longName": NotRequired[str | None],
        "elevation": NotRequired[float | None],
        "children": NotRequired[list["TreeNode"]],
    },
)
"""As ifcjob.spatial_tree.ElementNode; with the last three fields as SpatialNode."""


class SpatialTree(TypedDict):
    """As ifcjob.spatial_tree.SpatialTree."""

    root: TreeNode | None
    orphans: list[TreeNode]


ListedElement = TypedDict("ListedElement", {"globalId": str, "class": str, "reason": str})
"""As ifcjob.report.Skipped and ifcjob.report.Doubtful."""


class Coverage(TypedDict):
    """As ifcjob.manifest.Coverage."""

    expected: int
    emitted: int
    skipped: list[ListedElement]
    doubtful: list[ListedElement]


def finding(
    code: str, message: str, global_ids: Sequence[str] = (), *, count: int = 0, severity: Severity = "warning"
) -> Finding:
    """Return a finding; without `count` it counts the GlobalIds, and at least 1."""
    listed = list(global_ids)
    return {
        "code": code,
        "severity": severity,
        "message": message,
        "globalIds": listed[:MAX_LISTED],
        "count": count or len(listed) or 1,
    }
