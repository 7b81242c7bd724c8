"""Where on earth the model is: map conversion, coordinate reference system, true north, latitude and longitude."""

import math
import re
from typing import Any

from ifcjob_runner.data.attribute_access import NAME, Instance, argument, class_of, is_instance, pointers
from ifcjob_runner.data.document import Document, document
from ifcjob_runner.data.model import Model
from ifcjob_runner.data.units import ProjectUnits, text_or_none

EPSG = re.compile(r"EPSG\W{0,3}(\d{4,6})|^\s*(\d{4,6})\s*$", re.IGNORECASE)
PROPERTY_SETS = {"epset_mapconversion": "conversion", "epset_projectedcrs": "crs"}
"""How IFC2X3 files carry what IFC4 made entities of."""


def georeference(model: Model, units: ProjectUnits) -> Document:
    """Read every way the file states its place on earth."""
    sets = _property_sets(model)
    crs = _crs(model, units) or _crs_of_properties(sets.get("crs"))
    return document(
        crs=crs,
        epsg=epsg_of(crs["name"] if crs else None),
        map_conversion=_map_conversion(model) or _conversion_of_properties(sets.get("conversion")),
        true_north=_true_north(model),
        site=_site(model, units),
    )


def epsg_of(name: str | None) -> int | None:
    """Return the code in a name such as `EPSG:25832`, or of digits alone."""
    found = EPSG.search(name or "")
    return int(found.group(1) or found.group(2)) if found else None


def _crs(model: Model, units: ProjectUnits) -> Document | None:
    systems = model.all("IfcCoordinateReferenceSystem")
    if not systems:
        return None
    unit = model.attribute(systems[0], "MapUnit")
    names = ("Name", "Description", "GeodeticDatum", "VerticalDatum", "MapProjection", "MapZone")
    return document(**_crs_fields({n: model.attribute(systems[0], n) for n in names}), map_unit=units.symbol(unit))


def _crs_fields(values: dict[str, Any]) -> dict[str, str | None]:
    fields = {
        "name": "Name",
        "description": "Description",
        "geodetic_datum": "GeodeticDatum",
        "vertical_datum": "VerticalDatum",
        "map_projection": "MapProjection",
        "map_zone": "MapZone",
    }
    return {field: text_or_none(values.get(name)) for field, name in fields.items()}


def _map_conversion(model: Model) -> Document | None:
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


def _conversion(source: str, values: dict[str, float | None]) -> Document:
    abscissa, ordinate = values.get("XAxisAbscissa"), values.get("XAxisOrdinate")
    factors = [values.get(name) for name in ("FactorX", "FactorY", "FactorZ")]
    scale = values.get("Scale")
    return document(
        source=source,
        eastings=values.get("Eastings") or 0.0,
        northings=values.get("Northings") or 0.0,
        orthogonal_height=values.get("OrthogonalHeight") or 0.0,
        x_axis_abscissa=abscissa,
        x_axis_ordinate=ordinate,
        rotation=math.degrees(math.atan2(ordinate or 0.0, 1.0 if abscissa is None else abscissa)),
        scale=1.0 if scale is None else scale,
        factors=None if None in factors else (factors[0] or 0.0, factors[1] or 0.0, factors[2] or 0.0),
    )


def _property_sets(model: Model) -> dict[str, dict[str, Any]]:
    """Return the values of ePSet_MapConversion and ePSet_ProjectedCRS, wherever they are attached."""
    if model.schema.has("IfcMapConversion"):
        return {}
    found: dict[str, dict[str, Any]] = {}
    for one in pointers(model.all("IfcPropertySet")):
        kind = PROPERTY_SETS.get(str(model.read(one, NAME)).lower())
        if kind is None:
            continue
        values: dict[str, Any] = {}
        for p in pointers(model.read(one, 4)):
            holder = model.read(p, 2) if class_of(p) == "IfcPropertySingleValue" else None
            values[str(model.read(p, 0))] = argument(holder, 0) if is_instance(holder) else None
        found[kind] = values
    return found


def _conversion_of_properties(values: dict[str, Any] | None) -> Document | None:
    return None if values is None else _conversion("ePSet_MapConversion", {n: _number(v) for n, v in values.items()})


def _crs_of_properties(values: dict[str, Any] | None) -> Document | None:
    return None if values is None else document(**_crs_fields(values), map_unit=text_or_none(values.get("MapUnit")))


def _true_north(model: Model) -> Document | None:
    for context in pointers(model.all("IfcGeometricRepresentationContext")):
        # Subcontexts derive theirs from the parent.
        if class_of(context) != "IfcGeometricRepresentationContext":
            continue
        direction = model.attribute(context, "TrueNorth")
        ratios = model.read(direction, 0) if is_instance(direction) else None
        if not isinstance(ratios, tuple) or len(ratios) < 2:
            continue
        length = math.hypot(*ratios[:2])
        if length > 0 and math.isfinite(length):
            x, y = ratios[0] / length, ratios[1] / length
            return document(vector=(x, y), degrees=math.degrees(math.atan2(-x, y)) + 0.0)  # + 0.0: no minus zero
    return None


def _site(model: Model, units: ProjectUnits) -> Document | None:
    for site in pointers(model.all("IfcSite")):
        latitude, longitude = (_degrees(model.attribute(site, name)) for name in ("RefLatitude", "RefLongitude"))
        if latitude is not None and longitude is not None:
            elevation = _number(model.attribute(site, "RefElevation"))
            height = None if elevation is None else elevation * units.length + 0.0
            return document(latitude=latitude, longitude=longitude, elevation=height)
    return None


def _degrees(parts: Any) -> float | None:
    """Return degrees, minutes, seconds and millionths of a second as decimal degrees.

    Every part should carry the sign; some exporters write it on the first alone.
    """
    if not isinstance(parts, tuple) or len(parts) < 3:
        return None
    size: float = sum(abs(part) / divisor for part, divisor in zip(parts, (1, 60, 3600, 3_600_000_000), strict=False))
    return -size if any(part < 0 for part in parts) else size


def _number(value: Instance | float | None) -> float | None:
    if is_instance(value):
        value = argument(value, 0)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
