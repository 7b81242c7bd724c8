"""spatial-tree.json: every object of the project exactly once, under its parent."""

from pydantic import Field

from ifcjob.base_type import ContractType


class ElementNode(ContractType):
    """A physical element, opening, annotation, grid … with its parts."""

    global_id: str
    """Its GlobalId."""
    step_id: int
    """Its STEP id."""
    ifc_class: str = Field(alias="class")
    """Its IFC class."""
    name: str | None
    """Its name."""
    elements: list["ElementNode"]
    """Aggregated and nested parts, openings, what fills them, surface features, ports."""


class SpatialNode(ContractType):
    """The project or a part of space: a site, a building, a facility, a storey, a space."""

    global_id: str
    """Its GlobalId."""
    step_id: int
    """Its STEP id."""
    ifc_class: str = Field(alias="class")
    """Its IFC class."""
    name: str | None
    """Its name."""
    long_name: str | None
    """Its long name."""
    elevation: float | None
    """Its elevation as the file states it, metres: storeys and spaces above the building's zero, a site above sea."""
    children: list["SpatialNode"]
    """The parts of space in it, sorted by STEP id."""
    elements: list[ElementNode]
    """The elements in it, sorted by STEP id; a window contained here is not repeated under its wall."""


class SpatialTree(ContractType):
    """spatial-tree.json."""

    root: SpatialNode | None
    """The first IfcProject, further ones among its children; none when the file has no project."""
    orphans: list[ElementNode]
    """Products that no relationship leads to from a project, each with what hangs below it."""
