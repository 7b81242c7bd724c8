"""Answers with all elements of a model at once, as columns: for trees, filters and colours of a viewer."""

from pydantic import Field

from ifcjob.base_type import ContractType


class TextColumn(ContractType):
    """One text per element, each different text once."""

    values: list[str]
    """The different texts, sorted."""
    index: list[int | None]
    """Per element the place of its text in `values`; null for elements without one."""


class TextListColumn(ContractType):
    """Several texts per element, each different text once."""

    values: list[str]
    """The different texts, sorted."""
    index: list[list[int]]
    """Per element the places of its texts in `values`."""


class ElementType(ContractType):
    """A type object."""

    global_id: str
    """Its GlobalId."""
    name: str | None = None
    """ObjectType of its elements: the name of the type in most files."""


class TypeColumn(ContractType):
    """The type object of each element."""

    values: list[ElementType]
    """The type objects."""
    index: list[int | None]
    """Per element the place of its type in `values`; null without one."""


class SpatialPlace(ContractType):
    """The fields that only the spatial tree has of a site, building, storey or space."""

    row: int
    """Its place among the elements."""
    long_name: str | None = None
    """Its long name."""
    elevation: float | None = None
    """Its elevation in metres, as in the file."""


class ElementGroup(ContractType):
    """A group, zone or system."""

    global_id: str | None
    """Its GlobalId."""
    ifc_class: str = Field(alias="class")
    """Its IFC class."""
    name: str | None = None
    """Its name."""
    parent: int | None = None
    """Place of the group that contains it."""
    rows: list[int]
    """Places of its elements."""


class ElementColumns(ContractType):
    """All elements of a model, sorted by STEP id. The place of an element is the same in each column."""

    total: int
    """Number of elements."""
    step_id: list[int]
    """Numbers of the instances in the file."""
    global_id: list[str]
    """GlobalIds."""
    name: list[str | None]
    """Names."""
    ifc_class: TextColumn = Field(alias="class")
    """Exact IFC classes."""
    predefined_type: TextColumn
    """PredefinedTypes."""
    type: TypeColumn
    """Type objects."""
    storey: list[int | None]
    """Place of each element's storey among the elements."""
    parent: list[int | None]
    """Place of the parent in the spatial tree among the elements; -1 for an IfcProject, null for orphans."""
    layers: TextListColumn
    """Presentation layers."""
    materials: TextListColumn
    """Names of materials."""
    classifications: TextListColumn
    """Classifications, each as `system: code title`."""
    triangles: list[int | None]
    """Triangles in model.glb; null without geometry."""
    spatial: list[SpatialPlace]
    """The spatial elements; empty when the job did not make the spatial tree."""
    groups: list[ElementGroup]
    """Groups, zones and systems."""


class PropertyName(ContractType):
    """One property, quantity, material property or classification that elements of a model have."""

    kind: str
    """`property`, `quantity`, `material` or `classification`."""
    set_name: str = Field(alias="set")
    """Name of its set."""
    name: str
    """Its name."""
    elements: int
    """Number of elements with a value."""
    numbers: int
    """Number of values that are a number."""
    distinct: int
    """Number of different values."""
    units: list[str]
    """The units of its values."""


class PropertyNames(ContractType):
    """The properties of a model's elements, sorted by kind, set and name."""

    items: list[PropertyName]
    """The properties."""


class DistinctValue(ContractType):
    """One value of a property."""

    value: str
    """The value as text."""
    number: float | None = None
    """The value, if it is one number."""
    unit: str | None = None
    """Its unit."""


class ElementValues(ContractType):
    """The values of one property, as columns sorted by STEP id: a row per value, elements without one are missing."""

    property: str
    """The property, as in the request."""
    values: list[DistinctValue]
    """The different values: first the numbers by size, then the texts."""
    step_id: list[int]
    """The elements; one with several values has several rows."""
    index: list[int]
    """Per row the place of the value in `values`."""


class ElementMatches(ContractType):
    """The elements that meet conditions, all at once."""

    step_id: list[int]
    """Their STEP ids, in order."""
