"""The drawing board: owns the file, its contexts and colours, and how shapes and placements are written.

Everything is in millimetres. Equal points, directions and profiles are written once.
"""

# mypy: allow-untyped-calls
# IfcOpenShell leaves is_a() without types.

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import ifcopenshell
from ifcopenshell.api import aggregate, context, feature, geometry, layer, root, spatial, style
from ifcopenshell.api import type as element_type

Entity: TypeAlias = ifcopenshell.entity_instance
Point: TypeAlias = tuple[float, ...]
Outline: TypeAlias = Sequence[tuple[float, float]]
Parts: TypeAlias = dict[str, list[Entity]]
"""Colour name to the solids of that colour."""

COLOURS: dict[str, tuple[float, float, float, float]] = {
    "Plaster": (0.96, 0.90, 0.77, 0.0),
    "Interior plaster": (0.96, 0.95, 0.92, 0.0),
    "Concrete": (0.84, 0.80, 0.72, 0.0),
    "Natural stone": (0.62, 0.60, 0.55, 0.0),
    "Roof tile": (0.27, 0.28, 0.31, 0.0),
    "Brick": (0.62, 0.31, 0.22, 0.0),
    "Oak": (0.56, 0.36, 0.19, 0.0),
    "Larch": (0.73, 0.53, 0.33, 0.0),
    "White lacquer": (0.97, 0.97, 0.95, 0.0),
    "Sage lacquer": (0.43, 0.53, 0.44, 0.0),
    "Glass": (0.58, 0.74, 0.82, 0.65),
    "Zinc": (0.55, 0.58, 0.60, 0.0),
    "Steel": (0.36, 0.38, 0.40, 0.0),
    "Solar cell": (0.07, 0.11, 0.24, 0.0),
    "Lawn": (0.45, 0.60, 0.31, 0.0),
    "Foliage": (0.30, 0.49, 0.23, 0.0),
    "Hedge": (0.24, 0.41, 0.21, 0.0),
    "Bark": (0.38, 0.28, 0.20, 0.0),
    "Linen": (0.80, 0.76, 0.69, 0.0),
    "Wool": (0.38, 0.47, 0.55, 0.0),
    "Ceramic": (0.95, 0.96, 0.97, 0.0),
    "Room": (0.55, 0.70, 0.85, 0.75),
}


@dataclass
class Drawing:
    """One IFC file being drawn."""

    file: ifcopenshell.file
    styles: dict[str, Entity] = field(default_factory=dict)
    layers: dict[str, Entity] = field(default_factory=dict)
    types: dict[str, Entity] = field(default_factory=dict)
    written: dict[tuple[object, ...], Entity] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Write the contexts and the colours."""
        model = context.add_context(self.file, context_type="Model")
        self.body = context.add_context(self.file, "Model", "Body", target_view="MODEL_VIEW", parent=model)
        self.axis = context.add_context(self.file, "Model", "Axis", target_view="GRAPH_VIEW", parent=model)
        for name, (red, green, blue, transparency) in COLOURS.items():
            colour = {"Name": None, "Red": red, "Green": green, "Blue": blue}
            look = {"SurfaceColour": colour, "Transparency": transparency, "ReflectanceMethod": "NOTDEFINED"}
            self.styles[name] = style.add_style(self.file, name=name)
            style.add_surface_style(self.file, self.styles[name], ifc_class="IfcSurfaceStyleRendering", attributes=look)

    def write(self, ifc_class: str, *values: object) -> Entity:
        """Write an entity, or reuse the one with the same values."""
        key = (ifc_class, *(value.id() if isinstance(value, Entity) else repr(value) for value in values))
        if key not in self.written:
            self.written[key] = self.file.create_entity(ifc_class, *values)
        return self.written[key]

    def point(self, *xyz: float) -> Entity:
        """Write a point, to a thousandth of a millimetre so that every machine writes the same digits."""
        return self.write("IfcCartesianPoint", tuple(round(float(value), 3) + 0.0 for value in xyz))

    def direction(self, *xyz: float) -> Entity:
        """Write a direction."""
        return self.write("IfcDirection", tuple(round(float(value), 9) + 0.0 for value in xyz))

    def frame(self, at: Point, x: Point = (1, 0, 0), z: Point = (0, 0, 1)) -> Entity:
        """Write a coordinate system by its origin, x axis and z axis."""
        plain = x == (1, 0, 0) and z == (0, 0, 1)
        axes = (None, None) if plain else (self.direction(*z), self.direction(*x))
        return self.write("IfcAxis2Placement3D", self.point(*at), *axes)

    def curve(self, outline: Outline, *, closed: bool = True) -> Entity:
        """Write a polyline."""
        points = [self.point(*xy) for xy in outline]
        return self.file.create_entity("IfcPolyline", [*points, points[0]] if closed else points)

    def profile(self, outline: Outline, holes: Iterable[Outline] = ()) -> Entity:
        """Write a polygon, with holes or without."""
        inner = [self.curve(hole) for hole in holes]
        if inner:
            return self.file.create_entity("IfcArbitraryProfileDefWithVoids", "AREA", None, self.curve(outline), inner)
        return self.file.create_entity("IfcArbitraryClosedProfileDef", "AREA", None, self.curve(outline))

    def extrude(self, profile: Entity, frame: Entity, depth: float) -> Entity:
        """Write the solid that `profile` sweeps along the z axis of `frame`."""
        up = self.direction(0, 0, 1)
        return self.file.create_entity("IfcExtrudedAreaSolid", profile, frame, up, float(depth))

    def box(self, x: float, y: float, z: float, dx: float, dy: float, dz: float) -> Entity:
        """Write a block by its lowest corner and its size."""
        profile = self.write("IfcRectangleProfileDef", "AREA", None, None, float(dx), float(dy))
        return self.extrude(profile, self.frame((x + dx / 2, y + dy / 2, z)), dz)

    def disc(self, frame: Entity, radius: float, depth: float, hole: float = 0) -> Entity:
        """Write a cylinder, or a ring when `hole` is a radius."""
        if hole:
            values = ("AREA", None, None, float(radius), float(radius - hole))
            return self.extrude(self.write("IfcCircleHollowProfileDef", *values), frame, depth)
        return self.extrude(self.write("IfcCircleProfileDef", "AREA", None, None, float(radius)), frame, depth)

    def flat(self, outline: Outline, z: float, dz: float, holes: Iterable[Outline] = ()) -> Entity:
        """Write a plan outline (x, y) extruded upwards."""
        return self.extrude(self.profile(outline, holes), self.frame((0, 0, z)), dz)

    def upright(self, outline: Outline, y: float, dy: float, holes: Iterable[Outline] = ()) -> Entity:
        """Write an elevation outline (x, z) extruded from `y` to `y + dy`."""
        return self.extrude(self.profile(outline, holes), self.frame((0, y + dy, 0), z=(0, -1, 0)), dy)

    def section(self, outline: Outline, x: float, dx: float) -> Entity:
        """Write a section outline (y, z) extruded from `x` to `x + dx`."""
        return self.extrude(self.profile(outline), self.frame((x, 0, 0), x=(0, 1, 0), z=(1, 0, 0)), dx)

    def mesh(self, points: Sequence[Point], triangles: Sequence[tuple[int, int, int]]) -> Entity:
        """Write a closed triangle mesh; the triangles count points from 1."""
        rows = [[round(float(value), 1) + 0.0 for value in point] for point in points]
        coordinates = self.file.create_entity("IfcCartesianPointList3D", rows)
        return self.file.create_entity(
            "IfcTriangulatedFaceSet", Coordinates=coordinates, Closed=True, CoordIndex=list(triangles)
        )

    def shape(self, parts: Parts, layer_name: str) -> Entity:
        """Write a body representation of coloured solids on a presentation layer."""
        items = [item for solids in parts.values() for item in solids]
        kinds = {item.is_a() for item in items}
        kind = "SweptSolid" if kinds == {"IfcExtrudedAreaSolid"} else "Tessellation"
        kind = "Clipping" if "IfcBooleanClippingResult" in kinds else kind
        kind = "SolidModel" if len(kinds) > 1 else kind
        for name, solids in parts.items():
            for item in solids:
                style.assign_item_style(self.file, item, self.styles[name])
        body = self.file.create_entity("IfcShapeRepresentation", self.body, "Body", kind, items)
        if layer_name not in self.layers:
            self.layers[layer_name] = layer.add_layer(self.file, name=layer_name)
        layer.assign_layer(self.file, [body], self.layers[layer_name])
        return body

    def new_type(self, ifc_class: str, name: str, kind: str, parts: Parts, layer_name: str = "") -> Entity:
        """Write an element type; its occurrences share its shape."""
        made = root.create_entity(self.file, ifc_class=ifc_class, predefined_type=kind, name=name)
        if parts:
            geometry.assign_representation(self.file, made, self.shape(parts, layer_name))
        self.types[name] = made
        return made

    def put(self, element: Entity, into: Entity) -> Entity:
        """Hang the element under a storey or site (contained) or another element (aggregated)."""
        if into.is_a("IfcSpatialElement") and not element.is_a("IfcSpatialElement"):
            spatial.assign_container(self.file, [element], into)
        else:
            aggregate.assign_object(self.file, [element], into)
        return element

    def place(
        self, element: Entity, into: Entity | None, at: Point, x: Point = (1, 0, 0), z: Point = (0, 0, 1)
    ) -> Entity:
        """Place the element in the coordinate system of `into`."""
        parent = into.ObjectPlacement if into else None
        element.ObjectPlacement = self.file.create_entity("IfcLocalPlacement", parent, self.frame(at, x, z))
        return element

    def new(
        self, ifc_class: str, kind: str | None, name: str, into: Entity, at: Point,
        parts: Parts | None = None, layer_name: str = "", x: Point = (1, 0, 0), z: Point = (0, 0, 1),
    ) -> Entity:  # fmt: skip
        """Write an element with a shape of its own, inside `into` and placed in its coordinates."""
        element = root.create_entity(self.file, ifc_class=ifc_class, predefined_type=kind, name=name)
        if parts:
            geometry.assign_representation(self.file, element, self.shape(parts, layer_name))
        return self.place(self.put(element, into), into, at, x, z)

    def copy(
        self, type_name: str, name: str, into: Entity, at: Point, x: Point = (1, 0, 0), z: Point = (0, 0, 1)
    ) -> Entity:
        """Write an occurrence of a type."""
        kind = self.types[type_name]
        element = root.create_entity(self.file, ifc_class=kind.is_a().removesuffix("Type"), name=name)
        element_type.assign_type(self.file, [element], kind)
        return self.place(self.put(element, into), into, at, x, z)

    def cut(
        self, host: Entity, name: str, shape: Entity, at: Point, x: Point = (1, 0, 0), z: Point = (0, 0, 1)
    ) -> Entity:
        """Cut an opening out of `host`; the place is in the host's coordinates."""
        hole = root.create_entity(self.file, ifc_class="IfcOpeningElement", predefined_type="OPENING", name=name)
        body = self.file.create_entity("IfcShapeRepresentation", self.body, "Body", "SweptSolid", [shape])
        geometry.assign_representation(self.file, hole, body)
        feature.add_feature(self.file, hole, host)
        return self.place(hole, host, at, x, z)
