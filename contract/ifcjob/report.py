"""Progress of a run, and the report at its end."""

from typing import Annotated, Literal, Self, TypeVar

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.failures import FAILURES, FailureReason, RunFailure

TERMINATION_MESSAGE_BYTES = 4096
"""Kubernetes truncates a termination message after this many bytes."""
Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]
"""A number that a run reports: neither negative nor, after a fault, without a bound."""


class Failure(ContractType):
    """Why a run failed, for the person who has to fix it."""

    reason: FailureReason
    """The stable reason; see the failure table."""
    message: str
    """Description of the failure, with the names and numbers of this run."""
    hint: str
    """The next step."""
    retryable: bool
    """Whether a retry of the same request may succeed."""
    element: str | None = None
    """GlobalId of the element the run failed on, when one is known."""

    @classmethod
    def of(cls, failure: RunFailure) -> Self:
        """Return the reportable form of a failure."""
        return cls(
            reason=failure.reason,
            message=failure.message,
            hint=failure.hint,
            retryable=FAILURES[failure.reason].retryable,
            element=failure.element,
        )


class Progress(ContractType):
    """How far a run is; posted to the progress URL and shown on the terminal."""

    percent: float = Field(ge=0, le=100)
    """Share of the whole run that is done; it never decreases."""
    stage: str
    """The stage that is running."""
    elements_done: int = 0
    """Elements that the stage has finished."""
    elements_total: int = 0
    """Elements that the stage processes; 0 while unknown."""


class StageTime(ContractType):
    """How long one stage took."""

    name: str
    """The stage's name."""
    seconds: Seconds
    """Wall-clock seconds. Stages overlap, so their sum may exceed the duration of the run."""


class Skipped(ContractType):
    """An element with a body in the file but without one in the GLB."""

    global_id: str
    """The element's GlobalId."""
    ifc_class: str = Field(alias="class")
    """Its IFC class."""
    reason: str
    """Why it has no geometry: `NoGeometry` (no engine makes triangles of it), `ConsumedByOpenings` (its openings remove
    all of it), `DeadlineExceeded` or `EngineCrashed` (with `while planning` when its placement, body or relations were
    read), or `Unreadable` with the part that cannot be read."""


class Doubtful(ContractType):
    """An element in the GLB whose shape or place could not be proved."""

    global_id: str
    """The element's GlobalId."""
    ifc_class: str = Field(alias="class")
    """Its IFC class."""
    reason: str
    """Why it is doubtful: `OpenSurface` (openings or a boolean operation left a solid with an open surface in each
    engine, or an advanced brep has one), `NotSubtracted` (no engine could subtract the named opening or operand),
    `VolumeOutOfRange` (no engine's
    mesh has the volume and box that follow from its profile and depth), `ColourUnknown` (the engine died at a line
    that may give its colour),
    `SweepZeroToOne` (a sweep from parameter 0 to 1 is drawn along its whole directrix, as programs mean it),
    `SweepBeyondEnd` (the parameters of a sweep are not on its directrix; it is drawn along the whole),
    `AnglesInDegrees` (angles of more than one turn are read as degrees), `SlopedFlange` (the thickness of a sloped
    flange is taken in its middle), `FilletTooLarge` (the fillets of its profile are longer than the sides; it is drawn
    without them), `MissingItem` (an item of its body is not drawn), `MissingReference` (its shape or
    placement refers to an instance that the file lacks), `UnprovedEngine` (only an engine that is not trusted with its
    class could mesh it), `SinglePrecision` (its vertices are far from its origin, and only an engine in single
    precision could mesh it); several reasons are separated by semicolons."""


class CoverageCounts(ContractType):
    """Coverage in numbers."""

    expected: int
    """Elements with a body representation, after the request's filters."""
    emitted: int
    """Expected elements that have triangles in the GLB."""
    skipped: int
    """Expected minus emitted; each is listed in manifest.json."""
    doubtful: int = 0
    """Emitted elements whose shape or place could not be proved; each is listed in manifest.json."""


class Summary(ContractType):
    """The numbers of a run: what it read, and what it wrote."""

    schema_name: str | None = Field(default=None, alias="schema")
    """The IFC schema, such as `IFC4`."""
    elements: int | None = None
    """Physical elements in the file: IfcElement without openings, as `counts.elements` in metadata.json. Spaces,
    storeys and annotations are not elements; `counts.products` includes them."""
    coverage: CoverageCounts | None = None
    """Geometry coverage, when a GLB was made."""
    triangles: int | None = None
    """Triangles in the GLB, counted per instance."""
    input_bytes: int | None = None
    """Size of the IFC file."""
    artifact_bytes: dict[str, int] = Field(default_factory=dict)
    """Size of every artifact, by name."""
    findings: int = 0
    """Problems found in the file; listed in manifest.json."""


class RunReport(ContractType):
    """The outcome of one run: stdout of `--json`, and the pod's termination message."""

    outcome: Literal["Succeeded", "Failed"]
    """Whether artifacts were published."""
    degraded: bool = False
    """True when elements are missing from the GLB; they are listed in manifest.json."""
    failure: Failure | None = None
    """Why the run failed."""
    summary: Summary = Field(default_factory=Summary)
    """The numbers of the run."""
    skipped: list[Skipped] = Field(default_factory=list)
    """The first skipped elements, as many as fit; the manifest lists all."""
    doubtful: list[Doubtful] = Field(default_factory=list)
    """The first doubtful elements, as many as fit; the manifest lists all."""
    stages: list[StageTime] = Field(default_factory=list)
    """Seconds per stage."""
    seconds: Seconds = 0.0
    """Wall-clock seconds of the whole run."""
    cpu_seconds: Seconds = 0.0
    """CPU seconds of all processes of the run."""
    peak_memory_bytes: Annotated[int, Field(ge=0, lt=2**63)] = 0
    """Peak memory of all processes together; pages that they share count once (proportional set size). Runs side by
    side share pages, which count in full for each: the run alone would need that much."""
    input_sha256: str | None = None
    """SHA-256 of the file as fetched."""
    manifest_sha256: str | None = None
    """SHA-256 of manifest.json."""
    runner_version: str = ""
    """The version of ifcjob that ran."""

    def as_termination_message(self) -> str:
        """Return JSON of at most 4096 bytes: lists shrink first, then long texts; outcome, reason and numbers stay."""
        report = self.model_copy(deep=True)
        for elements in (report.doubtful, report.skipped):
            while elements and report._is_too_long():  # noqa: SLF001 - a copy of this one
                del elements[len(elements) // 2 :]
        if report._is_too_long():  # noqa: SLF001 - the copy
            report.stages = []
        # 64 characters of four texts fit even when JSON escapes each of them in six bytes.
        for characters in (1024, 256, 64):
            if report._is_too_long():  # noqa: SLF001 - the copy
                report._cut_texts(characters)  # noqa: SLF001 - the copy
        return report.to_json()

    def _is_too_long(self) -> bool:
        return len(self.to_json().encode()) > TERMINATION_MESSAGE_BYTES

    def _cut_texts(self, characters: int) -> None:
        self.summary.schema_name = _cut(self.summary.schema_name, characters)
        if self.failure:
            self.failure.message = _cut(self.failure.message, characters)
            self.failure.hint = _cut(self.failure.hint, characters)
            self.failure.element = _cut(self.failure.element, characters)


OptionalText = TypeVar("OptionalText", str, str | None)


def _cut(text: OptionalText, characters: int) -> OptionalText:
    return text if text is None or len(text) <= characters else text[: characters - 1] + "…"
