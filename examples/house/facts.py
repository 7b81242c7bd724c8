"""Everything in the model except shapes: project, units, georeference, property sets, quantities, classification."""

# mypy: allow-untyped-calls
# IfcOpenShell leaves is_a() without types.

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ifcopenshell.api import aggregate, classification, georeference, group, owner, project, pset, root, unit

from .drawing import Drawing, Entity

if TYPE_CHECKING:
    import ifcopenshell

FOUNDED = 1767225600
"""2026-01-01T00:00:00Z: a fixed time, so that building the house twice gives the same bytes."""
ORIGIN = (663101.669, 5650115.21, 218.4)
"""ETRS89 / UTM 32N coordinates of the site: easting, northing, height."""
TURN, CONVERGENCE = 162.0, 1.8056
"""Degrees from grid east to the street front, and from true north to grid north."""
CODES = {
    "IfcWall": ("EF_25_10", "Walls"), "IfcWindow": ("EF_25_30", "Doors and windows"),
    "IfcDoor": ("EF_25_30", "Doors and windows"), "IfcRoof": ("EF_30_10", "Roofs"),
    "IfcSlab": ("EF_30_20", "Floors"), "IfcStair": ("EF_35_10", "Stairs"),
    "IfcFooting": ("EF_20_05", "Substructure"),
}  # fmt: skip
UNITS = {"Area": "IfcQuantityArea", "Volume": "IfcQuantityVolume", "Weight": "IfcQuantityWeight"}


def start() -> ifcopenshell.file:
    """Make a file with its project and units (millimetres)."""
    file = project.create_file(version="IFC4")
    made = root.create_entity(file, ifc_class="IfcProject", name="House on the meadow")
    made.LongName, made.Phase = "Single-family house, two storeys", "Design"
    millimetre = unit.add_si_unit(file, unit_type="LENGTHUNIT", prefix="MILLI")
    others = [unit.add_si_unit(file, unit_type=kind) for kind in (
        "AREAUNIT", "VOLUMEUNIT", "MASSUNIT", "TIMEUNIT", "THERMODYNAMICTEMPERATUREUNIT", "FREQUENCYUNIT",
    )]  # fmt: skip
    others[2].Prefix = "KILO"
    others[4].Name = "DEGREE_CELSIUS"
    degree = unit.add_conversion_based_unit(file, name="degree")
    unit.assign_unit(file, units=[millimetre, *others, degree])
    return file


def sign(file: ifcopenshell.file) -> None:
    """Say who made the project, with what and when; last, or the API stamps every element with the clock."""
    person = owner.add_person(file, identification="HO", family_name="Office", given_name="House")
    office = owner.add_organisation(file, identification="EX", name="Example Architects")
    user = owner.add_person_and_organisation(file, person=person, organisation=office)
    program = owner.add_application(
        file, application_developer=office, version="1.0",
        application_full_name="House example", application_identifier="make_house",
    )  # fmt: skip
    file.by_type("IfcProject")[0].OwnerHistory = file.create_entity(
        "IfcOwnerHistory", user, program, "READWRITE", "ADDED", FOUNDED, user, program, FOUNDED
    )


def spatial_structure(draw: Drawing) -> tuple[Entity, Entity, Entity]:
    """Write the site, the building with its address, and two storeys; give the site and the storeys."""
    file = draw.file
    site = root.create_entity(file, ifc_class="IfcSite", name="Meadow lane 7")
    site.RefLatitude, site.RefLongitude, site.RefElevation = (50, 58, 46, 200000), (11, 19, 24, 600000), 218400.0
    site.CompositionType = "ELEMENT"
    building = root.create_entity(file, ifc_class="IfcBuilding", name="House")
    building.LongName, building.CompositionType = "House on the meadow", "ELEMENT"
    building.ElevationOfRefHeight, building.ElevationOfTerrain = 218400.0, 218250.0
    place = {"AddressLines": ["Meadow lane 7"], "Town": "Weimar", "PostalCode": "99423", "Country": "Germany"}
    for spot, attribute in ((site, "SiteAddress"), (building, "BuildingAddress")):
        setattr(spot, attribute, file.create_entity("IfcPostalAddress", Purpose="SITE", **place))
    aggregate.assign_object(file, [site], file.by_type("IfcProject")[0])
    aggregate.assign_object(file, [building], site)
    draw.place(site, None, (0, 0, 0))
    draw.place(building, site, (0, 0, 0))
    storeys: list[Entity] = []
    for name, long_name, elevation in (("Ground floor", "Living", 0.0), ("Upper floor", "Sleeping", 2900.0)):
        storey = draw.new("IfcBuildingStorey", None, name, building, (0, 0, elevation))
        storey.LongName, storey.Elevation, storey.CompositionType = long_name, elevation, "ELEMENT"
        storeys.append(storey)
    return site, storeys[0], storeys[1]


def georeferenced(draw: Drawing) -> None:
    """Tie the drawing to the map: EPSG:25832, metres, so the millimetre drawing has scale 0.001."""
    file = draw.file
    georeference.add_georeferencing(file, name="EPSG:25832")
    turn, north = math.radians(TURN), math.radians(90 + CONVERGENCE - TURN)
    metre = file.create_entity("IfcSIUnit", None, "LENGTHUNIT", None, "METRE")
    georeference.edit_georeferencing(
        file,
        projected_crs={
            "Description": "ETRS89 / UTM zone 32N", "GeodeticDatum": "ETRS89", "VerticalDatum": "DHHN2016",
            "MapProjection": "UTM", "MapZone": "32N", "MapUnit": metre,
        },
        coordinate_operation={
            "Eastings": ORIGIN[0], "Northings": ORIGIN[1], "OrthogonalHeight": ORIGIN[2], "Scale": 0.001,
            "XAxisAbscissa": round(math.cos(turn), 9), "XAxisOrdinate": round(math.sin(turn), 9),
        },
    )  # fmt: skip
    georeference.edit_true_north(file, true_north=(round(math.cos(north), 9), round(math.sin(north), 9)))


def quantities(file: ifcopenshell.file, element: Entity, name: str, values: dict[str, float]) -> None:
    """Write a quantity set; the end of a quantity's name says what it measures."""
    made = []
    for title, value in values.items():
        kind = next((UNITS[end] for end in UNITS if title.endswith(end)), "IfcQuantityLength")
        made.append(file.create_entity(kind, title, None, None, round(float(value), 3) + 0.0))
    pset.add_qto(file, element, name).Quantities = made


def properties(file: ifcopenshell.file, element: Entity, name: str, values: dict[str, object]) -> None:
    """Write a property set; an IfcProperty entity goes in as it is, an IfcValue as a single value."""
    made = [
        value
        if isinstance(value, Entity) and value.is_a("IfcProperty")
        else file.create_entity("IfcPropertySingleValue", title, None, value, None)
        for title, value in values.items()
    ]
    pset.add_pset(file, element, name).HasProperties = made


def describe_types(file: ifcopenshell.file) -> None:
    """Write the properties common to all occurrences of a wall, window or door type."""
    value = file.create_entity
    for made in file.by_type("IfcWallType"):
        outside = made.Name.startswith("External")
        properties(file, made, "Pset_WallCommon", {
            "Reference": value("IfcIdentifier", made.Name), "IsExternal": value("IfcBoolean", outside),
            "LoadBearing": value("IfcBoolean", outside), "FireRating": value("IfcLabel", "F30" if outside else "F0"),
            "ThermalTransmittance": value("IfcThermalTransmittanceMeasure", 0.21 if outside else 0.6),
        })  # fmt: skip
    bands = [value("IfcFrequencyMeasure", hertz) for hertz in (125.0, 500.0, 2000.0)]
    for made in file.by_type("IfcWindowType") + file.by_type("IfcDoorType"):
        loss = [value("IfcReal", loss) for loss in (24.0, 35.0, 41.0)]
        table = value(
            "IfcPropertyTableValue", "SoundReductionByFrequency", None, bands, loss, "R [dB] = f(f [Hz])",
            None, None, "LINEAR",
        )  # fmt: skip
        tints = value("IfcPropertyListValue", "AvailableFinishes", None, [
            value("IfcLabel", tint) for tint in ("RAL 9016", "RAL 7016", "oak")
        ])  # fmt: skip
        size = value("IfcComplexProperty", "Gasket", None, "Gasket", [
            value("IfcPropertySingleValue", "Material", None, value("IfcLabel", "EPDM"), None),
            value("IfcPropertySingleValue", "Width", None, value("IfcPositiveLengthMeasure", 8.0), None),
        ])  # fmt: skip
        properties(file, made, f"Pset_{made.is_a()[3:-4]}Common", {
            "IsExternal": value("IfcBoolean", "Interior" not in made.Name),
            "ThermalTransmittance": value("IfcThermalTransmittanceMeasure", 0.8),
        })  # fmt: skip
        properties(file, made, "House_Joinery", {"table": table, "list": tints, "complex": size})
        properties(file, made, "Pset_ManufacturerTypeInformation", {
            "Manufacturer": value("IfcLabel", "Joinery on the corner"), "ModelLabel": value("IfcLabel", made.Name),
        })  # fmt: skip


def describe_elements(file: ifcopenshell.file) -> None:
    """Write the properties of single occurrences, and classify the elements."""
    value = file.create_entity
    status = value("IfcPropertyEnumeration", "PEnum_ElementStatus", [
        value("IfcLabel", label) for label in ("NEW", "EXISTING", "DEMOLISH", "TEMPORARY", "OTHER", "NOTKNOWN", "UNSET")
    ])  # fmt: skip
    new = value("IfcPropertyEnumeratedValue", "Status", None, [value("IfcLabel", "NEW")], status)
    for wall in file.by_type("IfcWall"):
        properties(file, wall, "Pset_WallCommon", {
            "Status": new, "ExtendToStructure": value("IfcBoolean", wall.Name.startswith("Upper")),
        })  # fmt: skip
    for opening in file.by_type("IfcWindow") + file.by_type("IfcDoor"):
        width, height = opening.OverallWidth, opening.OverallHeight
        quantities(file, opening, f"Qto_{opening.is_a()[3:]}BaseQuantities", {
            "Width": width, "Height": height, "Perimeter": 2 * (width + height), "Area": width * height / 1e6,
        })  # fmt: skip
    heating = value("IfcMaterial", "Lime screed with heating pipes")
    floor = value("IfcPropertyReferenceValue", "FloorBuildUp", None, "Floor build-up", heating)
    for space in file.by_type("IfcSpace"):
        low, high = (22.0, 25.0) if "ath" in space.LongName else (18.0, 24.0)
        span = [value("IfcThermodynamicTemperatureMeasure", limit) for limit in (high, low, (low + high) / 2)]
        band = value("IfcPropertyBoundedValue", "SpaceTemperature", None, span[0], span[1], None, span[2])
        properties(file, space, "Pset_SpaceThermalRequirements", {"bounded": band})
        properties(file, space, "House_Finishes", {"floor": floor, "Walls": value("IfcLabel", "Lime paint, white")})
    system = classification.add_classification(file, classification="Uniclass 2015")
    system.Source, system.Edition = "NBS", "2015"
    for ifc_class, (code, title) in CODES.items():
        for element in file.by_type(ifc_class):
            classification.add_reference(file, [element], identification=code, name=title, classification=system)


def zone(file: ifcopenshell.file, name: str, spaces: list[Entity]) -> None:
    """Group spaces into a zone."""
    made = root.create_entity(file, ifc_class="IfcZone", name=name)
    for space in spaces:
        group.assign_group(file, [space], made)
