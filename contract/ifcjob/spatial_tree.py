"""spatial-tree.json: each object of the project once, below its parent."""

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
    """Aggregated and nested parts, openings and their fillings, surface features, ports."""


class SpatialNode(ContractType):
    """The project or a spatial element: a site, building, facility, storey or space."""

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
    """Elevation in metres, as in the file: storeys and spaces above the building's zero level, sites above sea."""
    children: list["SpatialNode"]
    """The spatial elements in it, sorted by STEP id."""
    elements: list[ElementNode]
    """The elements in it, sorted by STEP id; a window contained here is not repeated under its wall."""


class SpatialTree(ContractType):
    """spatial-tree.json."""

    root: SpatialNode | None
    """The first IfcProject, with further projects among its children; null if the file has no project."""
    orphans: list[ElementNode]
    """Products that no relationship connects to a project, each with the elements below it."""
