"""What a run says about itself: progress while it runs, one report at its end."""

from typing import Literal

from pydantic import Field

from ifcjob.contract_type import ContractType
from ifcjob.failures import Failure

TERMINATION_MESSAGE_BYTES = 4096
"""Kubernetes cuts a termination message after this many bytes."""


class Progress(ContractType):
    """How far a run is; posted to the progress URL and shown on the terminal."""

    percent: float = Field(ge=0, le=100)
    """Share of the whole run, never falling."""
    stage: str
    """The stage that is running."""
    elements_done: int = 0
    """Elements the stage has finished."""
    elements_total: int = 0
    """Elements the stage will handle; 0 while unknown."""


class StageTime(ContractType):
    """How long one stage took."""

    name: str
    """The stage's name."""
    seconds: float
    """Wall-clock seconds; stages of one run overlap, so their sum may exceed the run."""


class Skipped(ContractType):
    """An element that has a body in the file and none in the GLB."""

    global_id: str
    """The element's GlobalId."""
    ifc_class: str = Field(alias="class")
    """Its IFC class."""
    reason: str
    """Why it has no geometry."""


class CoverageCounts(ContractType):
    """Coverage in numbers."""

    expected: int
    """Elements with a body representation, after the request's filters."""
    emitted: int
    """Of those, how many have triangles in the GLB."""
    skipped: int
    """Expected minus emitted; each is listed in manifest.json."""


class Summary(ContractType):
    """What a run found and made, in a few numbers."""

    schema_name: str | None = Field(default=None, alias="schema")
    """The IFC schema, such as `IFC4`."""
    elements: int | None = None
    """Physical elements (IfcElement) in the file."""
    coverage: CoverageCounts | None = None
    """Geometry coverage, when a GLB was made."""
    triangles: int | None = None
    """Triangles in the GLB, every instance counted."""
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
    """What was found and made."""
    skipped: list[Skipped] = Field(default_factory=list)
    """The first skipped elements, as many as fit; the manifest has all."""
    stages: list[StageTime] = Field(default_factory=list)
    """Seconds per stage."""
    seconds: float = 0.0
    """Wall-clock seconds of the whole run."""
    cpu_seconds: float = 0.0
    """CPU seconds of all processes of the run."""
    peak_memory_bytes: int = 0
    """Highest memory of all processes together (proportional set size)."""
    manifest_sha256: str | None = None
    """SHA-256 of manifest.json."""
    runner_version: str = ""
    """The release of ifcjob that ran."""

    def as_termination_message(self) -> str:
        """Return JSON of at most 4096 bytes: lists shrink first, then long texts."""
        report = self.model_copy(deep=True)
        while len((text := report.to_json()).encode()) > TERMINATION_MESSAGE_BYTES:
            if report.skipped:
                del report.skipped[len(report.skipped) // 2 :]
            elif report.failure and len(report.failure.message) > 512:
                report.failure.message = report.failure.message[: len(report.failure.message) // 2] + "…"
            elif report.failure and len(report.failure.hint) > 512:
                report.failure.hint = report.failure.hint[:512]
            elif report.stages:
                report.stages = []
            else:
                report.summary = Summary(schema_name=report.summary.schema_name)
        return text
