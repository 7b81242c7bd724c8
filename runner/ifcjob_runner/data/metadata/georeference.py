"""Position on earth: map conversion, coordinate reference system, true north, latitude and longitude."""

import math
import re

from ifcjob_runner.data.attribute_access import NAME, Instance, argument, class_of, is_instance, pointers
from ifcjob_runner.data.document import Crs, Georeference, MapConversion, SiteLocation, TrueNorth
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.units import ProjectUnits, text_or_none

EPSG = re.compile(r"EPSG\W{0,3}(\d{4,6})|^\s*(\d{4,6})\s*$", re.IGNORECASE)
PROPERTY_SETS = {"epset_mapconversion": "conversion", "epset_projectedcrs": "crs"}
"""The property sets of IFC2X3 files for the entities IfcMapConversion and IfcProjectedCRS of IFC4."""

Values = dict[str, Instance]
"""Attributes or properties by name."""


def georeference(model: Model, units: ProjectUnits) -> Georeference:
    """Return the position on earth, from any of the ways in which a file can state it."""
    sets = _property_sets(model)
    crs = _crs(model, units) or _crs_of_properties(sets.get("crs"))
    return {
        "crs": crs,
        "epsg": epsg_of(crs["name"] if crs else None),
        "mapConversion": _map_conversion(model) or _conversion_of_properties(sets.get("conversion")),
        "trueNorth": _true_north(model),
        "site": _site(model, units),
    }


def epsg_of(name: str | None) -> int | None:
    """Return the code in a name such as `EPSG:25832`, or of digits alone."""
    match = EPSG.search(name or "")
    return int(match.group(1) or match.group(2)) if match else None


def _crs(model: Model, units: ProjectUnits) -> Crs | None:
    systems = model.all("IfcCoordinateReferenceSystem")
    if not systems:
        return None
    unit = model.attribute(systems[0], "MapUnit")
    names = ("Name", "Description", "GeodeticDatum", "VerticalDatum", "MapProjection", "MapZone")
    return _crs_of({n: model.attribute(systems[0], n) for n in names}, units.symbol(unit))


def _crs_of(values: Values, map_unit: str | None) -> Crs:
    return {
        "name": text_or_none(values.get("Name")),
        "description": text_or_none(values.get("Description")),
        "geodeticDatum": text_or_none(values.get("GeodeticDatum")),
        "verticalDatum": text_or_none(values.get("VerticalDatum")),
        "mapProjection": text_or_none(values.get("MapProjection")),
        "mapZone": text_or_none(values.get("MapZone")),
        "mapUnit": map_unit,
    }


def _map_conversion(model: Model) -> MapConversion | None:
    operations = model.all("IfcCoordinateOperation")
    if not operations:
        return None
    kind = class_of(operations[0])
    names = list(model.schema.attributes(kind))
    values = {n: _number(model.read(operations[0], i)) for i, n in enumerate(names)}
    if kind == "IfcRigidOperation":
        values["Eastings"], values["Northings"] = values["FirstCoordinate"], values["SecondCoordinate"]
        values["OrthogonalHeight"] = values["Height"]
    return _conversion(kind, values)


def _conversion(source: str, values: dict[str, float | None]) -> MapConversion:
    abscissa, ordinate = values.get("XAxisAbscissa"), values.get("XAxisOrdinate")
    factors = [values.get(name) for name in ("FactorX", "FactorY", "FactorZ")]
    scale = values.get("Scale")
    return {
        "source": source,
        "eastings": values.get("Eastings") or 0.0,
        "northings": values.get("Northings") or 0.0,
        "orthogonalHeight": values.get("OrthogonalHeight") or 0.0,
        "xAxisAbscissa": abscissa,
        "xAxisOrdinate": ordinate,
        "rotation": math.degrees(math.atan2(ordinate or 0.0, 1.0 if abscissa is None else abscissa)),
        "scale": 1.0 if scale is None else scale,
        "factors": None if None in factors else (factors[0] or 0.0, factors[1] or 0.0, factors[2] or 0.0),
    }


def _property_sets(model: Model) -> dict[str, Values]:
    """Return the values of ePSet_MapConversion and ePSet_ProjectedCRS, wherever they are attached."""
    if model.schema.has("IfcMapConversion"):
        return {}
    values_of: dict[str, Values] = {}
    definitions = pointers(model.all("IfcPropertySet"))
    for definition, name in zip(definitions, model.column(definitions, NAME), strict=True):
        kind = PROPERTY_SETS.get(str(name).lower())
        if kind is None:
            continue
        values: Values = {}
        for p in pointers(model.read(definition, 4)):
            holder = model.read(p, 2) if class_of(p) == "IfcPropertySingleValue" else None
            values[str(model.read(p, 0))] = argument(holder, 0) if is_instance(holder) else None
        values_of[kind] = values
    return values_of


def _conversion_of_properties(values: Values | None) -> MapConversion | None:
    return None if values is None else _conversion("ePSet_MapConversion", {n: _number(v) for n, v in values.items()})


def _crs_of_properties(values: Values | None) -> Crs | None:
    return None if values is None else _crs_of(values, text_or_none(values.get("MapUnit")))


def _true_north(model: Model) -> TrueNorth | None:
    for context in pointers(model.all("IfcGeometricRepresentationContext")):
        # Subcontexts derive their TrueNorth from the parent.
        if class_of(context) != "IfcGeometricRepresentationContext":
            continue
        direction = model.attribute(context, "TrueNorth")
        ratios = model.read(direction, 0) if is_instance(direction) else None
        if not isinstance(ratios, tuple) or len(ratios) < 2:
            continue
        length = math.hypot(*ratios[:2])
        if length > 0 and math.isfinite(length):
            x, y = ratios[0] / length, ratios[1] / length
            return {"vector": (x, y), "degrees": math.degrees(math.atan2(-x, y)) + 0.0}  # + 0.0 turns -0.0 into 0.0
    return None


def _site(model: Model, units: ProjectUnits) -> SiteLocation | None:
    for site in pointers(model.all("IfcSite")):
        latitude, longitude = (_degrees(model.attribute(site, name)) for name in ("RefLatitude", "RefLongitude"))
        if latitude is not None and longitude is not None:
            elevation = _number(model.attribute(site, "RefElevation"))
            height = None if elevation is None else elevation * units.length + 0.0
            return {"latitude": latitude, "longitude": longitude, "elevation": height}
    return None


def _degrees(parts: object) -> float | None:
    """Return degrees, minutes, seconds and millionths of a second as decimal degrees.

    Every part should carry the sign; some exporters write it on the first alone.
    """
    if not isinstance(parts, tuple) or len(parts) < 3:
        return None
    size: float = sum(abs(part) / divisor for part, divisor in zip(parts, (1, 60, 3600, 3_600_000_000), strict=False))
    return -size if any(part < 0 for part in parts) else size


def _number(value: Instance) -> float | None:
    if is_instance(value):
        value = argument(value, 0)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
