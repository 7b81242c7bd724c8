"""The facts about geometry that other artifacts than the GLB contain."""

from dataclasses import dataclass, field

from ifcjob_runner.data.document import BoundingBox, Coverage, Finding
from ifcjob_runner.data.metadata.missing_references import MissingReference
from ifcjob_runner.stages.elements import Box


@dataclass
class Geometry:
    """Those of one run; empty when the request has no GLB."""

    boxes: dict[int, Box] = field(default_factory=dict)
    """Bounding box by STEP id: min x, y, z, max x, y, z; metres, IFC axes."""
    triangles: dict[int, int] = field(default_factory=dict)
    """Triangles by STEP id."""
    bounding_box: BoundingBox | None = None
    """The whole model's `min` and `max`, metres."""
    coverage: Coverage | None = None
    """As in the manifest."""
    triangle_count: int | None = None
    """Triangles with every instance counted."""
    findings: list[Finding] = field(default_factory=list)
    """Problems that only the geometry shows."""
    missing: list[MissingReference] = field(default_factory=list)
    """References to nothing in the geometry."""
    lacking: list[str] = field(default_factory=list)
    """GlobalIds of the elements that need them."""
    has_misread_numbers: bool = False
    """Whether the engine has read other numbers than the file has."""
