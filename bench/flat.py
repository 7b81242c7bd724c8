"""Make a flat IFC file: different buildings in one project, in which no two copies have a body in common.

The sources follow each other until the file is large enough. All get the units of the first; in each further round
every length grows by a percent, so that programs cannot mesh a body once for several copies.

`python -m bench.flat --megabytes 45 OUT.ifc SOURCE.ifc…`
"""

import argparse
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.util.unit

from bench.step_text import COLUMNS, GRID_METRES, copied_guid

MEGABYTE = 1_000_000
GROWTH = 0.01
_LENGTHS = frozenset({"IfcLengthMeasure", "IfcPositiveLengthMeasure"})
_ANGLES = frozenset({"IfcPlaneAngleMeasure", "IfcPositivePlaneAngleMeasure"})
_UPPER_CASE = True
_TOKEN = re.compile(r"'(?:[^']|'')*'|#(\d+)")
_CONTEXTS = re.compile(r"\((?:#\d+,?)+\),(?=#\d+\)$)")
_RECORD = re.compile(r"#(\d+)=(\w+)\((?:'([0-9A-Za-z_$]{22})')?")


def merge(sources: list[Path], target: Path, megabytes: float) -> int:
    """Write the file and return how many copies it holds; equal sources give equal bytes."""
    buildings = [_Building(source) for source in sources]
    first = buildings[0]
    contexts: list[int] = []
    size = free = copy = 0
    with target.open("w", encoding="ascii", newline="\n") as out:
        size += out.write(f"{first.header}DATA;\n")
        while size < megabytes * MEGABYTE:
            building = buildings[copy % len(buildings)]
            building.fit(first, copy, 1 + GROWTH * (copy // len(buildings)))
            contexts += [free + context.id() for context in building.contexts]
            for line in building.lines(free, first.project.id() if copy else None, copy):
                size += out.write(line)
            free, copy = free + building.model.get_max_id(), copy + 1
        listed = ",".join(f"#{context}" for context in contexts)
        record = _CONTEXTS.sub(f"({listed}),", first.project.to_string(_UPPER_CASE))
        out.write(f"{record};\nENDSEC;\nEND-ISO-10303-21;\n")
    return copy


class _Building:
    """One source, with lengths and angles that follow the file it is written to."""

    def __init__(self, source: Path) -> None:
        self.model: Any = ifcopenshell.open(str(source))
        self.project = self.model.by_type("IfcProject")[0]
        self.contexts = self.model.by_type("IfcGeometricRepresentationContext", include_subtypes=False)
        self.header = source.read_text(encoding="latin-1").partition("DATA;")[0].replace("\r", "")
        self._rooted = {entity.id() for entity in self.model.by_type("IfcRoot")}
        self.metre = 1 / ifcopenshell.util.unit.calculate_unit_scale(self.model)
        self.angle = ifcopenshell.util.unit.calculate_unit_scale(self.model, "PLANEANGLEUNIT")
        self._origins = {}
        for placement in self.model.by_type("IfcLocalPlacement"):
            if placement.PlacementRelTo is None and len(point := placement.RelativePlacement.Location.Coordinates) == 3:
                placement.RelativePlacement = self._own_axis(placement.RelativePlacement)
                self._origins[placement.RelativePlacement.Location] = point
        self._factor = 1.0

    def _own_axis(self, axis: Any) -> Any:
        """Return a copy of an axis placement, which moves alone."""
        point = self.model.create_entity("IfcCartesianPoint", axis.Location.Coordinates)
        return self.model.create_entity("IfcAxis2Placement3D", point, axis.Axis, axis.RefDirection)

    def fit(self, first: "_Building", copy: int, growth: float) -> None:
        """Change lengths and angles to the units of the first building, grown, and move to the place of the copy."""
        factor = first.metre / self.metre * growth
        _multiply(self.model, _LENGTHS, factor / self._factor)
        self._factor = factor
        if not math.isclose(self.angle, first.angle, rel_tol=1e-6):
            _multiply(self.model, _ANGLES, self.angle / first.angle)
            _multiply_trims(self.model, self.angle / first.angle)
            self.angle = first.angle
        step = GRID_METRES * first.metre
        for location, (x, y, z) in self._origins.items():
            moved = (x * factor + copy % COLUMNS * step, y * factor + copy // COLUMNS * step, z * factor)
            location.Coordinates = moved

    def lines(self, free: int, project: int | None, copy: int) -> Iterator[str]:
        """Yield the records of a copy, numbered from `free`, without its project; `project` takes its place."""
        own = self.project.id()
        dropped = {own, self.project.UnitsInContext.id()} if project else {own}
        numbers = {own: project or own}

        def renumbered(match: re.Match[str]) -> str:
            return f"#{numbers.get(int(match[1]), int(match[1]) + free)}" if match[1] else match[0]

        for line in self.model.to_string().partition("\nDATA;\n")[2].splitlines():
            record = _RECORD.match(line)
            if record is None or int(record[1]) in dropped:
                continue
            start = ""
            if record[3] and int(record[1]) in self._rooted:
                start = f"#{int(record[1]) + free}={record[2]}('{_guid(record[3], copy)}'"
            yield start + _TOKEN.sub(renumbered, line[record.end() if start else 0 :]) + "\n"


def _guid(guid: str, copy: int) -> str:
    return copied_guid(guid.encode(), copy).decode() if copy else guid


def _multiply(model: Any, measures: frozenset[str], factor: float) -> None:
    """Multiply all attributes of these measures."""
    if factor == 1:
        return
    for declaration in ifcopenshell.schema_by_name(model.schema_identifier).entities():
        attributes = enumerate(declaration.all_attributes())
        numbers = [number for number, attribute in attributes if _measure(attribute.type_of_attribute()) in measures]
        if not numbers or declaration.is_abstract():
            continue
        for instance in model.by_type(declaration.name(), include_subtypes=False):
            for number in numbers:
                if (value := instance[number]) is not None:
                    instance[number] = _times(value, factor)


def _measure(kind: Any) -> str:
    """Return the name of the type of an attribute, or of the elements of its list."""
    while (aggregation := kind.as_aggregation_type()) is not None:
        kind = aggregation.type_of_element()
    named = kind.as_named_type()
    return "" if named is None else str(named.declared_type().name())


def _times(value: Any, factor: float) -> Any:
    return tuple(_times(item, factor) for item in value) if isinstance(value, tuple) else value * factor


def _multiply_trims(model: Any, factor: float) -> None:
    """Multiply the parameters of trimmed circles and ellipses, which are angles."""
    for curve in model.by_type("IfcTrimmedCurve"):
        for select in (*curve.Trim1, *curve.Trim2) if curve.BasisCurve.is_a("IfcConic") else ():
            if select.is_a("IfcParameterValue"):
                select.wrappedValue *= factor


def main() -> None:
    """Write one file and print how many copies it holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=45, help="the least size (default: %(default)s)")
    parser.add_argument("target", type=Path, help="the file to write")
    parser.add_argument("sources", nargs="+", type=Path, metavar="SOURCE", help="IFC files of the same schema")
    options = parser.parse_args()
    copies = merge(options.sources, options.target, options.megabytes)
    print(f"{options.target}: {copies} copies, {options.target.stat().st_size / MEGABYTE:.1f} MB")


if __name__ == "__main__":
    main()
