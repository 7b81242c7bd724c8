"""IFC files of solids, written by hand as STEP text: bodies, boolean operands, openings."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import ifcopenshell.guid

from tests.support.plain_step import file_with

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_UNITS = {"m": (1.0, "$", ".METRE."), "mm": (1000.0, ".MILLI.", ".METRE."), "ft": (1 / 0.3048, "", "")}
_NAMESPACE = uuid.UUID("6f1d7f4e-8d0f-4f0b-9a35-0d1f2c5b7a11")
Point = tuple[float, ...]


class SolidText:
    """A file in the making; lengths are given in metres, and each method returns a STEP id."""

    def __init__(self, schema: str = "IFC4", unit: str = "m") -> None:
        self._schema, (self._per_metre, prefix, name) = schema, _UNITS[unit]
        self.lines: list[str] = []
        self.global_ids: dict[int, str] = {}
        """Of the products, by STEP id."""
        origin = self.axes((0.0, 0.0, 0.0))
        self._context = self.add(f"IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-5,#{origin},$)")
        if unit == "ft":
            metre = self.add("IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)")
            exponents = self.add("IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0)")
            measure = self.add(f"IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(0.3048),#{metre})")
            length = self.add(f"IFCCONVERSIONBASEDUNIT(#{exponents},.LENGTHUNIT.,'FOOT',#{measure})")
        else:
            length = self.add(f"IFCSIUNIT(*,.LENGTHUNIT.,{prefix},{name})")
        angle = self.add("IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.)")
        units = self.add(f"IFCUNITASSIGNMENT((#{length},#{angle}))")
        self.add(f"IFCPROJECT('{self.guid()}',$,'P',$,$,$,$,(#{self._context}),#{units})")

    def add(self, line: str) -> int:
        """Add one instance."""
        self.lines.append(line)
        return len(self.lines)

    def guid(self) -> str:
        """Return a GlobalId for the next line."""
        return ifcopenshell.guid.compress(uuid.uuid5(_NAMESPACE, str(len(self.lines))).hex)

    def length(self, metres: float) -> str:
        """Return a length in the file's unit."""
        return repr(float(metres * self._per_metre))

    def point(self, at: Point) -> int:
        """Add an IfcCartesianPoint."""
        return self.add(f"IFCCARTESIANPOINT(({','.join(map(self.length, at))}))")

    def direction(self, ratios: Point) -> int:
        """Add an IfcDirection."""
        return self.add(f"IFCDIRECTION(({','.join(repr(float(ratio)) for ratio in ratios)}))")

    def axes(self, at: Point, z: Point = (0.0, 0.0, 1.0), x: Point = (1.0, 0.0, 0.0)) -> int:
        """Add an IfcAxis2Placement3D."""
        return self.add(f"IFCAXIS2PLACEMENT3D(#{self.point(at)},#{self.direction(z)},#{self.direction(x)})")

    def polyline(self, points: Iterable[Point]) -> int:
        """Add an IfcPolyline."""
        return self.add(f"IFCPOLYLINE(({','.join(f'#{self.point(point)}' for point in points)}))")

    def extrusion(self, profile: int, depth: float, axes: int) -> int:
        """Add an IfcExtrudedAreaSolid along its own Z axis."""
        up = self.direction((0.0, 0.0, 1.0))
        return self.add(f"IFCEXTRUDEDAREASOLID(#{profile},#{axes},#{up},{self.length(depth)})")

    def box(self, low: Point, high: Point) -> int:
        """Add an extruded box between two corners."""
        x, y, z = (b - a for a, b in zip(low, high, strict=True))
        corners = ((0.0, 0.0), (x, 0.0), (x, y), (0.0, y), (0.0, 0.0))
        profile = self.add(f"IFCARBITRARYCLOSEDPROFILEDEF(.AREA.,$,#{self.polyline(corners)})")
        return self.extrusion(profile, z, self.axes(low))

    def cylinder(self, radius: float, depth: float, axes: int) -> int:
        """Add an extruded circle."""
        profile = self.add(f"IFCCIRCLEPROFILEDEF(.AREA.,$,$,{self.length(radius)})")
        return self.extrusion(profile, depth, axes)

    def boolean(self, operator: str, first: int, second: int) -> int:
        """Add an IfcBooleanResult."""
        return self.add(f"IFCBOOLEANRESULT(.{operator}.,#{first},#{second})")

    def half_space(self, at: Point, normal: Point, *, agreement: bool = True) -> int:
        """Add an IfcHalfSpaceSolid; with agreement the material is behind the normal."""
        x = (0.0, 0.0, 1.0) if abs(normal[2]) < 0.9 else (1.0, 0.0, 0.0)
        plane = self.add(f"IFCPLANE(#{self.axes(at, normal, x)})")
        return self.add(f"IFCHALFSPACESOLID(#{plane},.{'T' if agreement else 'F'}.)")

    def coloured(self, item: int, red: float, green: float, blue: float) -> int:
        """Give an item a colour; return the item."""
        colour = self.add(f"IFCCOLOURRGB($,{red},{green},{blue})")
        shading = self.add(f"IFCSURFACESTYLESHADING(#{colour},0.)")
        style = self.add(f"IFCSURFACESTYLE($,.BOTH.,(#{shading}))")
        self.add(f"IFCSTYLEDITEM(#{item},(#{style}),$)")
        return item

    def mapped(self, items: Iterable[int], operator: str = "IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#{0},$,$)") -> int:
        """Add an IfcMappedItem of items; `operator` gets the origin's STEP id."""
        listed = ",".join(f"#{item}" for item in items)
        body = self.add(f"IFCSHAPEREPRESENTATION(#{self._context},'Body','SweptSolid',({listed}))")
        source = self.add(f"IFCREPRESENTATIONMAP(#{self.axes((0.0, 0.0, 0.0))},#{body})")
        target = self.add(operator.format(self.point((0.0, 0.0, 0.0))))
        return self.add(f"IFCMAPPEDITEM(#{source},#{target})")

    def shape(self, items: Iterable[int], identifier: str = "Body") -> str:
        """Add an IfcProductDefinitionShape; return its reference."""
        listed = ",".join(f"#{item}" for item in items)
        body = self.add(f"IFCSHAPEREPRESENTATION(#{self._context},'{identifier}','SolidModel',({listed}))")
        return f"#{self.add(f'IFCPRODUCTDEFINITIONSHAPE($,$,(#{body}))')}"

    def product(
        self, ifc_class: str, items: Iterable[int], at: int | None = None, *, identifier: str = "Body", name: str = ""
    ) -> int:
        """Add a product; without items it has no representation."""
        items = tuple(items)
        shape = self.shape(items, identifier) if items else "$"
        axes = self.axes((0.0, 0.0, 0.0)) if at is None else at
        place = self.add(f"IFCLOCALPLACEMENT($,#{axes})")
        last = "" if self._schema == "IFC2X3" and "OPENING" in ifc_class else ",$"
        global_id = self.guid()
        number = self.add(f"{ifc_class}('{global_id}',$,'{name}',$,$,#{place},{shape},${last})")
        self.global_ids[number] = global_id
        return number

    def voids(self, host: int, opening: int) -> None:
        """Relate an opening to its host."""
        self.add(f"IFCRELVOIDSELEMENT('{self.guid()}',$,$,$,#{host},#{opening})")

    def wall(self, items: Iterable[int], openings: Iterable[int] = (), at: int | None = None, name: str = "") -> int:
        """Add a wall with an opening per given item, all at one place."""
        wall = self.product("IFCWALL", items, at, name=name)
        for item in openings:
            self.voids(wall, self.product("IFCOPENINGELEMENT", (item,), at))
        return wall

    def write(self, path: Path) -> Path:
        """Write the file."""
        lines = "".join(f"#{number}={line};\n" for number, line in enumerate(self.lines, 1))
        path.write_text(file_with(lines, self._schema), encoding="ascii")
        return path
