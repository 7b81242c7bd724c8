"""Answers about models and of the search."""

from datetime import datetime

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.manifest import Artifact
from ifcjob.metadata import BoundingBox, Metadata
from ifcjob.report import Summary


class ModelLinks(ContractType):
    """Paths of the API for one model."""

    tree: str
    """The spatial tree."""
    elements: str
    """The elements."""
    facets: str
    """Counts of elements."""
    columns: str
    """All elements as columns; of a single model with the version, with which the answer never changes."""
    job: str
    """The IfcJob."""


class ModelSummary(ContractType):
    """One model: an IFC file that a job has processed."""

    sha256: str
    """SHA-256 of the IFC file."""
    namespace: str
    """Namespace of the newest job that processed it and that you may see."""
    job: str
    """That job's name."""
    finished_at: datetime
    """When it succeeded."""
    file_name: str | None = None
    """Name of the file as it was uploaded, or the end of its address."""
    summary: Summary
    """The numbers of the run."""
    links: ModelLinks
    """Paths of the API."""


class Model(ModelSummary):
    """One model with its metadata."""

    metadata: Metadata | None = None
    """metadata.json; null when the job did not make it."""
    artifacts: list[Artifact]
    """All artifacts, as in manifest.json."""


class ModelList(ContractType):
    """One page of models, newest first."""

    items: list[ModelSummary]
    """The models."""
    next_cursor: str | None = None
    """Cursor of the next page; null on the last."""


class PropertyMatch(ContractType):
    """The value that met a condition."""

    condition: str
    """The condition, as in the request."""
    value: str | None
    """The value as text."""
    unit: str | None = None
    """Its unit."""


class Element(ContractType):
    """One element: a row of elements.parquet. Fields that the request leaves out are missing."""

    step_id: int
    """Number of the instance in the file (`#42`)."""
    global_id: str
    """GlobalId."""
    ifc_class: str | None = Field(default=None, alias="class")
    """Exact IFC class."""
    predefined_type: str | None = None
    """PredefinedType of the type or the element."""
    name: str | None = None
    """Name."""
    object_type: str | None = None
    """ObjectType."""
    tag: str | None = None
    """Tag."""
    type_global_id: str | None = None
    """GlobalId of the type object."""
    storey_global_id: str | None = None
    """GlobalId of its storey."""
    storey_name: str | None = None
    """Name of its storey."""
    parent_global_id: str | None = None
    """GlobalId of its parent in the spatial tree."""
    layers: list[str] | None = None
    """Presentation layers."""
    materials: list[str] | None = None
    """Names of its materials."""
    classifications: list[str] | None = None
    """Classifications, each as `system: code title`."""
    bounding_box: BoundingBox | None = None
    """The box around its geometry, in metres."""
    triangles: int | None = None
    """Triangles in model.glb."""
    matches: list[PropertyMatch] | None = None
    """The values that met the conditions on properties."""


class ElementList(ContractType):
    """One page of elements."""

    items: list[Element]
    """The elements."""
    total: int
    """Number of elements that meet the conditions, on all pages."""
    next_cursor: str | None = None
    """Cursor of the next page; null on the last."""


class FoundElement(Element):
    """One element of one model."""

    model: str
    """SHA-256 of the IFC file."""
    namespace: str
    """Namespace of the newest job that processed the file."""
    job: str
    """That job's name."""


class SkippedModel(ContractType):
    """A model that could not be searched."""

    model: str
    """SHA-256 of the IFC file."""
    namespace: str
    """Namespace of its job."""
    job: str
    """That job's name."""
    code: str
    """Stable code, such as `ArtifactMissing`."""
    detail: str
    """The problem, and the next step."""


class FoundList(ContractType):
    """One page of elements of all models; the models in the order of their jobs, newest first."""

    items: list[FoundElement]
    """The elements."""
    models: int
    """Number of models that you may see."""
    searched: int
    """Number of models that this page has searched."""
    skipped: list[SkippedModel]
    """Models among them that could not be searched."""
    next_cursor: str | None = None
    """Cursor of the next page, which may follow a page with few or no elements; null on the last."""


class FacetValue(ContractType):
    """One value with its number of elements."""

    value: str | None
    """The value; null for elements without one."""
    label: str | None = None
    """A name for people, such as a storey's."""
    count: int
    """Number of elements."""


class Facet(ContractType):
    """Counts of elements by one column or property."""

    by: str
    """The column or property."""
    values: list[FacetValue]
    """The most frequent values, in this order."""
    distinct: int
    """Number of different values."""


class FacetList(ContractType):
    """Counts of the elements that meet the conditions."""

    total: int
    """Number of elements."""
    facets: list[Facet]
    """One per requested column or property."""


class FoundFacets(FacetList):
    """Counts over all models."""

    models: int
    """Number of models that you may see."""
    skipped: list[SkippedModel]
    """Models that could not be searched."""


class PropertyValue(ContractType):
    """One value."""

    name: str
    """Name of the property or quantity."""
    value: str | None = None
    """The value as text; several values are a JSON array."""
    number: float | None = None
    """The value, if it is one number."""
    unit: str | None = None
    """Unit of the value."""
    value_type: str | None = None
    """IFC type of the value."""
    source: str
    """`instance`, `type` or `material`."""


class PropertySet(ContractType):
    """One property set, quantity set, material or classification system."""

    name: str
    """Name of the set."""
    values: list[PropertyValue]
    """Its values, in the order of the file."""


class Relation(ContractType):
    """A relationship between the element and another object."""

    relation: str
    """IFC class of the relationship."""
    role: str
    """`relating` or `related`: the element's side."""
    name: str | None = None
    """Name of the relationship, or of the group, system or document."""
    other_step_id: int | None = None
    """STEP id of the other object."""
    other_global_id: str | None = None
    """GlobalId of the other object."""
    other_class: str | None = None
    """IFC class of the other object."""


class ElementDetails(ContractType):
    """All that the artifacts say about one object."""

    model: str
    """SHA-256 of the IFC file."""
    step_id: int
    """Number of the instance in the file."""
    global_id: str
    """GlobalId."""
    element: Element | None = None
    """Its attributes; null for an object without a row in elements.parquet, such as a group or the project."""
    property_sets: list[PropertySet]
    """Its property sets, with those of its type."""
    quantity_sets: list[PropertySet]
    """Its quantity sets."""
    materials: list[PropertySet]
    """Its materials, with their properties."""
    classifications: list[PropertySet]
    """Its classifications by system: code and title."""
    relations: list[Relation]
    """Its relationships, at most 1,000."""
    same_global_id: list[int]
    """STEP ids of other objects with this GlobalId, which a valid file does not have; select one with `stepId`."""
