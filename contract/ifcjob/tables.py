"""The columns of elements.parquet, properties.parquet and relations.parquet."""

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["int64", "int32", "float64", "string", "list<string>"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a Parquet artifact."""

    name: str
    """Name of the column."""
    type: ColumnType
    """Type of the values."""
    unit: str | None = None
    """Unit of the values."""
    nullable: bool = True
    """Whether values may be null."""
    description: str
    """Description for users."""


def _required(name: str, type_: ColumnType, description: str) -> Column:
    return Column(name=name, type=type_, nullable=False, description=description)


def _text(name: str, description: str) -> Column:
    return Column(name=name, type="string", description=description)


def _edge(side: str, axis: str) -> Column:
    sentence = (
        f"{'Smallest' if side == 'min' else 'Largest'} {axis.upper()} of the geometry, in the model's axes (Z up)."
    )
    return Column(
        name=f"bbox_{side}_{axis}", type="float64", unit="m", description=f"{sentence} Null without geometry."
    )


ELEMENTS: tuple[Column, ...] = (
    _required(
        "step_id", "int64", "Number of the instance in the file (`#42`); unique, and the sort order of the rows."
    ),
    _required("global_id", "string", "GlobalId as in the file; not unique when the file repeats one."),
    _required("class", "string", "Exact IFC class, such as `IfcWallStandardCase`."),
    _text("predefined_type", "PredefinedType of the type or the element; for USERDEFINED, the user's name for it."),
    _text("name", "Name."),
    _text("object_type", "ObjectType."),
    _text("tag", "Tag, such as the authoring application's identifier."),
    _text("type_global_id", "GlobalId of the type object."),
    _text("storey_global_id", "GlobalId of the nearest IfcBuildingStorey above the element in the spatial tree."),
    _text("storey_name", "Name of that storey."),
    _text("parent_global_id", "GlobalId of its parent in the spatial tree; null for orphans."),
    Column(name="layers", type="list<string>", nullable=False, description="Presentation layers of its shape."),
    Column(
        name="materials",
        type="list<string>",
        nullable=False,
        description="Names of the materials of the element, or of its type.",
    ),
    Column(
        name="classifications",
        type="list<string>",
        nullable=False,
        description="Classifications of the element, or of its type, each as `system: code title`.",
    ),
    *(_edge(side, axis) for side in ("min", "max") for axis in "xyz"),
    Column(name="triangles", type="int32", description="Triangles of its shape in model.glb; null without geometry."),
)
"""elements.parquet: one row per IfcProduct, spaces and openings included, sorted by `step_id`."""

PROPERTIES: tuple[Column, ...] = (
    _required("step_id", "int64", "Number of the object in the file (`#42`); the sort order of the rows."),
    _required("global_id", "string", "GlobalId of the object."),
    _required("class", "string", "Exact IFC class of the object, such as `IfcDoor`."),
    _text("object_name", "Name of the object."),
    _text("storey_name", "Name of the nearest IfcBuildingStorey above the object in the spatial tree."),
    _required(
        "set_name",
        "string",
        "Property or quantity set, or the IFC class of a predefined set without a name; for materials the IFC class or "
        "the material's set; for classifications the system.",
    ),
    _required(
        "name",
        "string",
        "Property or quantity; parts of complex ones are `Outer.Inner`, layers `Layers.1.LayerThickness`; "
        "for classifications the code.",
    ),
    _text(
        "value",
        "The value as text: booleans `true` and `false`, several values a JSON array, bounds and tables a JSON object; "
        "for classifications the title. Null if the file sets no value.",
    ),
    Column(
        name="number",
        type="float64",
        description="The value if it is one finite number, in the file's units (`unit`); null for booleans.",
    ),
    _text("value_type", "IFC type of the value, such as `IfcLengthMeasure` or `IfcLabel`."),
    _text("unit", "Symbol of the unit of the value, or else of the project's unit for its type."),
    _required("source", "string", "`instance`, `type` (inherited from the type object) or `material`."),
    _required("kind", "string", "`property`, `quantity`, `material` or `classification`."),
)
"""properties.parquet: one row per value, sorted by `step_id`, for every IfcObject and IfcContext.

An object has the property sets of its type; its own properties override them one by one.
Types without occurrences have no rows.
"""


def _end(side: str) -> tuple[Column, ...]:
    return (
        Column(name=f"{side}_step_id", type="int64", description=f"Number of the {side} object in the file (`#42`)."),
        _text(f"{side}_global_id", f"GlobalId of the {side} object; null if its class has none, such as a document."),
        _text(f"{side}_class", f"Exact IFC class of the {side} object."),
    )


RELATIONS: tuple[Column, ...] = (
    _required(
        "relation",
        "string",
        "Exact IFC class of the relationship, such as `IfcRelAssignsToGroup`. For a further object of a relationship "
        "that attribute follows: `IfcRelConnectsPorts.RealizingElement`.",
    ),
    *_end("relating"),
    *_end("related"),
    _text(
        "name",
        "Name of the relationship; without one, the name of the relating object unless that is a product, such as the "
        "group, the system or the document.",
    ),
)
"""relations.parquet: one row per relating and related object, sorted by `relation` and both STEP ids."""
