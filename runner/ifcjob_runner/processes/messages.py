"""Every message between the processes of a run: JSON objects, distinguished by `kind`.

Imported for type checking only, so that it costs no time. The supervisor encodes with json, the others with orjson.
"""

from typing import Literal, TypedDict

from ifcjob_runner.data.document import Coverage, FileFacts, Finding

JsonObject = dict[str, object]


# From the supervisor to the engine process or its spare child: the role of a new child, with its arguments.


class DataRole(TypedDict):
    """Run the data stages."""

    kind: Literal["data"]
    path: str
    folder: str
    artifacts: str
    facts: FileFacts
    operations: dict[str, JsonObject | None]
    """See engine_options."""
    byLine: bool
    """Whether to leave out lines that kill the engine, after it died at one."""
    isTight: bool
    """Whether memory matters more than time."""


class MesherRole(TypedDict):
    """Mesh with OpenCASCADE; the first one makes the worklist."""

    kind: Literal["mesher"]
    name: str
    """Of its store and its heartbeat in `folder`."""
    path: str
    folder: str
    options: JsonObject
    """See engine_options."""
    lazy: bool
    plan: Literal["no", "atOnce", "byLine"]
    """How to make the worklist: `byLine` after the engine died at it."""


class LiteRole(TypedDict):
    """Mesh one batch with ifclite."""

    kind: Literal["lite"]
    name: str
    path: str
    folder: str
    threads: int


Role = DataRole | MesherRole | LiteRole


# From the engine process to the supervisor.


class ChildSpawned(TypedDict):
    """A child was forked for the latest role."""

    kind: Literal["spawned"]
    pid: int


class ChildExited(TypedDict):
    """A child has ended."""

    kind: Literal["exited"]
    pid: int
    status: int
    """Negative: the signal that ended it."""
    cpuSeconds: float


class Cloned(TypedDict):
    """A clone of the engine process was forked."""

    kind: Literal["cloned"]
    pid: int


EngineMessage = ChildSpawned | ChildExited | Cloned


# From the supervisor to a child.


class MeshBatch(TypedDict):
    """Mesh these shapes of the worklist."""

    kind: Literal["mesh"]
    shapes: list[int]


class WriteArtifacts(TypedDict):
    """The geometry is complete: write the artifacts. Without `gltf` the other fields are empty."""

    kind: Literal["write"]
    stores: list[str]
    reasons: dict[str, str]
    """Why a shape has no mesh, by its index in the worklist."""
    entities: int
    """Entities in the whole file; the data child does not open all of them."""


Request = MeshBatch | WriteArtifacts


# From a child to the supervisor.


class RoleFailed(TypedDict):
    """The role raised an exception; the child ends."""

    kind: Literal["failed"]
    failure: JsonObject
    """As in the report."""
    traceback: str


class StageStarted(TypedDict):
    """A stage of the data child began."""

    kind: Literal["started"]
    stage: str


class StageProgress(TypedDict):
    """So much of a stage of the data child is done."""

    kind: Literal["progress"]
    stage: str
    done: int
    total: int


class StageFinished(TypedDict):
    """A stage of the data child ended."""

    kind: Literal["finished"]
    stage: str
    seconds: float


class DataRead(TypedDict):
    """The data child waits for WriteArtifacts."""

    kind: Literal["read"]
    entities: int
    """Entities that the data child has opened."""


class DataResult(TypedDict):
    """The data child's part of the report and the manifest."""

    findings: list[Finding]
    coverage: Coverage | None
    triangles: int | None
    elements: int
    has_misread_numbers: bool


class ArtifactsWritten(TypedDict):
    """The data child is done."""

    kind: Literal["written"]
    result: DataResult


class WorklistMade(TypedDict):
    """The first mesher has planned the geometry and waits for a batch."""

    kind: Literal["planned"]
    entities: int
    lite: list[int]
    """Shapes for ifclite, by index in the worklist."""
    kernel: list[int]
    """Shapes for OpenCASCADE."""


class FileOpened(TypedDict):
    """A further mesher waits for its first batch."""

    kind: Literal["opened"]


class MesherBatchDone(TypedDict):
    """A mesher has finished its batch and waits for the next."""

    kind: Literal["meshed"]
    missing: dict[str, str]
    """Why a shape has no mesh, by its index in the worklist."""


class LiteGroupBegun(TypedDict):
    """ifclite begins with these shapes of its batch; it meshes them at once."""

    kind: Literal["begun"]
    shapes: list[int]


class LiteBatchDone(TypedDict):
    """ifclite has finished its only batch."""

    kind: Literal["lite"]
    missing: list[int]
    doubtful: list[int]
    """Shapes whose mesh is not proved."""
    reasons: dict[str, str]
    """Why a shape has nothing to draw, by its index in the worklist; no other engine has to try."""


DataMessage = StageStarted | StageProgress | StageFinished | DataRead | ArtifactsWritten
GeometryMessage = WorklistMade | FileOpened | MesherBatchDone | LiteGroupBegun | LiteBatchDone
ChildMessage = RoleFailed | DataMessage | GeometryMessage
