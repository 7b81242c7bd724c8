"""Small IFC files made by code, with nothing from a real project.

Every sample is the same on every run: its GlobalIds depend on the STEP ids only.
"""

from __future__ import annotations

import gzip
import uuid
import zipfile
from typing import TYPE_CHECKING, Any, TypeAlias

import ifcopenshell
import ifcopenshell.api.aggregate
import ifcopenshell.api.context
import ifcopenshell.api.feature
import ifcopenshell.api.geometry
import ifcopenshell.api.material
import ifcopenshell.api.project
import ifcopenshell.api.pset
import ifcopenshell.api.root
import ifcopenshell.api.spatial
import ifcopenshell.api.style
import ifcopenshell.api.type
import ifcopenshell.api.unit
import ifcopenshell.guid
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

Entity: TypeAlias = "ifcopenshell.entity_instance"
_NAMESPACE = uuid.UUID("6f1d7f4e-8d0f-4f0b-9a35-0d1f2c5b7a10")
_WHEN = "2024-05-01T12:00:00"


def empty(schema: str = "IFC4") -> ifcopenshell.file:
    """Make a project without any product."""
    return _finished(_project(schema))


def box(schema: str = "IFC4", *, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> ifcopenshell.file:
    """Make one slab of 4 x 3 x 0.2 m on one storey, its corner `at` a point in metres."""
    model = _project(schema)
    storey = _storeys(model, "Ground floor")[0]
    slab = ifcopenshell.api.root.create_entity(model, ifc_class="IfcSlab", name="Floor")
    _place(model, slab, at)
    _body(model, slab, model.createIfcRectangleProfileDef("AREA", None, _axis2d(model, 2.0, 1.5), 4.0, 3.0), 0.2)
    ifcopenshell.api.spatial.assign_container(model, products=[slab], relating_structure=storey)
    return _finished(model)


def boxes(count: int, schema: str = "IFC4") -> ifcopenshell.file:
    """Make `count` separate unit cubes in a row (proxies named Box 1, Box 2, …), each with its own shape."""
    model = _project(schema)
    storey = _storeys(model, "Ground floor")[0]
    cubes = []
    for index in range(count):
        cube = ifcopenshell.api.root.create_entity(model, ifc_class="IfcBuildingElementProxy", name=f"Box {index + 1}")
        _place(model, cube, (2.0 * index, 0.0, 0.0))
        _body(model, cube, model.createIfcRectangleProfileDef("AREA", None, _axis2d(model), 1.0, 1.0), 1.0)
        cubes.append(cube)
    ifcopenshell.api.spatial.assign_container(model, products=cubes, relating_structure=storey)
    return _finished(model)


def column(schema: str = "IFC4") -> ifcopenshell.file:
    """Make one round column of radius 0.5 m and height 3 m."""
    model = _project(schema)
    storey = _storeys(model, "Ground floor")[0]
    pillar = ifcopenshell.api.root.create_entity(model, ifc_class="IfcColumn", name="Column")
    _place(model, pillar, (0.0, 0.0, 0.0))
    _body(model, pillar, model.createIfcCircleProfileDef("AREA", None, _axis2d(model), 0.5), 3.0)
    ifcopenshell.api.spatial.assign_container(model, products=[pillar], relating_structure=storey)
    return _finished(model)


def two_contexts(schema: str = "IFC4") -> ifcopenshell.file:
    """Make two cubes (Box 1, Box 2); the body of the second is in a context of its own, called Tessellation."""
    model = boxes(2, schema)
    parent = model.by_type("IfcGeometricRepresentationContext", include_subtypes=False)[0]
    other = ifcopenshell.api.context.add_context(
        model, context_type="Model", context_identifier="Tessellation", target_view="MODEL_VIEW", parent=parent
    )
    shape = model.by_type("IfcBuildingElementProxy")[1].Representation.Representations[0]
    shape.ContextOfItems, shape.RepresentationIdentifier = other, "Tessellation"
    return model


def two_walls_with_opening(schema: str = "IFC4") -> ifcopenshell.file:
    """Make two storeys, two red walls of one type, a window in an opening of the first, a space and property sets.

    The walls are 5 x 0.2 x 3 m; the opening is 1 x 1.2 m and cuts through; `Fire rating` differs between wall and type.
    """
    model = _project(schema)
    ground, first = _storeys(model, "Ground floor", "First floor")
    walls = [_wall(model, f"Wall {number}", (0.0, 4.0 * number - 4.0, 0.0)) for number in (1, 2)]
    ifcopenshell.api.spatial.assign_container(model, products=walls[:1], relating_structure=ground)
    ifcopenshell.api.spatial.assign_container(model, products=walls[1:], relating_structure=first)
    _typed(model, walls)

    opening = ifcopenshell.api.root.create_entity(model, ifc_class="IfcOpeningElement", name="Hole")
    _place(model, opening, (2.0, -0.1, 0.9))
    profile = model.createIfcRectangleProfileDef("AREA", None, _axis2d(model, 0.5, 0.2), 1.0, 0.4)
    _body(model, opening, profile, 1.2)
    ifcopenshell.api.feature.add_feature(model, feature=opening, element=walls[0])
    window = ifcopenshell.api.root.create_entity(model, ifc_class="IfcWindow", name="Window")
    _place(model, window, (2.0, 0.05, 0.9))
    _body(model, window, model.createIfcRectangleProfileDef("AREA", None, _axis2d(model, 0.5, 0.05), 1.0, 0.1), 1.2)
    ifcopenshell.api.feature.add_filling(model, opening=opening, element=window)
    ifcopenshell.api.spatial.assign_container(model, products=[window], relating_structure=ground)

    space = ifcopenshell.api.root.create_entity(model, ifc_class="IfcSpace", name="Room 1")
    if schema == "IFC2X3":
        space.InteriorOrExteriorSpace = "INTERNAL"
    _place(model, space, (0.0, 0.2, 0.0))
    _body(model, space, model.createIfcRectangleProfileDef("AREA", None, _axis2d(model, 2.5, 1.9), 5.0, 3.8), 2.8)
    ifcopenshell.api.aggregate.assign_object(model, products=[space], relating_object=ground)
    return _finished(model)


def with_broken_element(schema: str = "IFC4") -> ifcopenshell.file:
    """Make the box and beside it a wall whose body no engine can build (a profile without area)."""
    model = box(schema)
    storey = model.by_type("IfcBuildingStorey")[0]
    wall = ifcopenshell.api.root.create_entity(model, ifc_class="IfcWall", name="Broken")
    _place(model, wall, (0.0, 10.0, 0.0))
    points = [model.createIfcCartesianPoint((0.0, 0.0)) for _ in range(3)]
    outline = model.createIfcPolyline([*points, points[0]])
    _body(model, wall, model.createIfcArbitraryClosedProfileDef("AREA", None, outline), 1.0)
    ifcopenshell.api.spatial.assign_container(model, products=[wall], relating_structure=storey)
    return _finished(model)


def write(model: ifcopenshell.file, path: Path) -> Path:
    """Write a sample as .ifc, .ifczip or .ifc.gz, after the ending of `path`; folders are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = model.to_string().encode()
    if path.suffix == ".ifczip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(path.with_suffix(".ifc").name, text)
    elif path.suffix == ".gz":
        path.write_bytes(gzip.compress(text, mtime=0))
    else:
        path.write_bytes(text)
    return path


def _project(schema: str) -> ifcopenshell.file:
    """Start a file in metres with a Body context."""
    model = ifcopenshell.api.project.create_file(version=schema)
    if schema == "IFC2X3":  # every IfcRoot must have an owner there
        _own(model)
    ifcopenshell.api.root.create_entity(model, ifc_class="IfcProject", name="Sample")
    metre = ifcopenshell.api.unit.add_si_unit(model, unit_type="LENGTHUNIT")
    others = [ifcopenshell.api.unit.add_si_unit(model, unit_type=kind) for kind in ("AREAUNIT", "VOLUMEUNIT")]
    ifcopenshell.api.unit.assign_unit(model, units=[metre, *others])
    context = ifcopenshell.api.context.add_context(model, context_type="Model")
    ifcopenshell.api.context.add_context(
        model, context_type="Model", context_identifier="Body", target_view="MODEL_VIEW", parent=context
    )
    return model


def _own(model: ifcopenshell.file) -> None:
    """Give the file the person, organisation and application that owner histories name."""
    person = model.createIfcPerson(FamilyName="Sample")
    organisation = model.createIfcOrganization(Name="Sample")
    model.createIfcPersonAndOrganization(person, organisation)
    model.createIfcApplication(organisation, "1", "Sample maker", "sample")


def _storeys(model: ifcopenshell.file, *names: str) -> list[Entity]:
    """Make site, building and storeys, 3 m apart."""
    create = ifcopenshell.api.root.create_entity
    site = create(model, ifc_class="IfcSite", name="Site")
    building = create(model, ifc_class="IfcBuilding", name="Building")
    storeys = [create(model, ifc_class="IfcBuildingStorey", name=name) for name in names]
    for index, storey in enumerate(storeys):
        storey.Elevation = 3.0 * index
    assign = ifcopenshell.api.aggregate.assign_object
    assign(model, products=[site], relating_object=model.by_type("IfcProject")[0])
    assign(model, products=[building], relating_object=site)
    assign(model, products=storeys, relating_object=building)
    for index, storey in enumerate(storeys):
        _place(model, storey, (0.0, 0.0, 3.0 * index))
    return storeys


def _wall(model: ifcopenshell.file, name: str, at: tuple[float, float, float]) -> Entity:
    wall = ifcopenshell.api.root.create_entity(model, ifc_class="IfcWall", name=name)
    _place(model, wall, at)
    _body(model, wall, model.createIfcRectangleProfileDef("AREA", None, _axis2d(model, 2.5, 0.1), 5.0, 0.2), 3.0)
    return wall


def _typed(model: ifcopenshell.file, walls: list[Entity]) -> None:
    """Give the walls a type, property sets, quantities, a material and a red, half transparent style."""
    wall_type = ifcopenshell.api.root.create_entity(model, ifc_class="IfcWallType", name="Brick 200")
    wall_type.PredefinedType = "STANDARD"
    ifcopenshell.api.type.assign_type(model, related_objects=walls, relating_type=wall_type)
    _pset(model, wall_type, "Pset_WallCommon", {"FireRating": "EI30", "IsExternal": True})
    _pset(model, walls[0], "Pset_WallCommon", {"FireRating": "EI60", "ThermalTransmittance": 0.24})
    _pset(model, walls[1], "Custom", {"Größe": "50 m²", "Formula": "=1+1"})
    quantities = ifcopenshell.api.pset.add_qto(model, product=walls[0], name="Qto_WallBaseQuantities")
    ifcopenshell.api.pset.edit_qto(model, qto=quantities, properties={"Length": 5.0, "Height": 3.0})
    brick = ifcopenshell.api.material.add_material(model, name="Brick")
    ifcopenshell.api.material.assign_material(model, products=walls, material=brick)
    style = ifcopenshell.api.style.add_style(model, name="Red")
    colour = {"SurfaceColour": {"Name": None, "Red": 0.8, "Green": 0.1, "Blue": 0.1}, "Transparency": 0.5}
    ifcopenshell.api.style.add_surface_style(model, style=style, ifc_class="IfcSurfaceStyleRendering", attributes={
        **colour, "ReflectanceMethod": "NOTDEFINED",
    })  # fmt: skip
    for wall in walls:
        for shape in wall.Representation.Representations:
            ifcopenshell.api.style.assign_representation_styles(model, shape_representation=shape, styles=[style])


def _pset(model: ifcopenshell.file, product: Entity, name: str, values: dict[str, Any]) -> None:
    properties = ifcopenshell.api.pset.add_pset(model, product=product, name=name)
    ifcopenshell.api.pset.edit_pset(model, pset=properties, properties=values)


def _axis2d(model: ifcopenshell.file, x: float = 0.0, y: float = 0.0) -> Entity:
    return model.createIfcAxis2Placement2D(model.createIfcCartesianPoint((x, y)), model.createIfcDirection((1.0, 0.0)))


def _place(model: ifcopenshell.file, product: Entity, at: tuple[float, float, float]) -> None:
    matrix = np.eye(4)
    matrix[:3, 3] = at
    ifcopenshell.api.geometry.edit_object_placement(model, product=product, matrix=matrix, is_si=True)


def _body(model: ifcopenshell.file, product: Entity, profile: Entity, depth: float) -> None:
    """Give a product one extrusion upwards as its body."""
    context = model.by_type("IfcGeometricRepresentationSubContext")[0]
    placement = model.createIfcAxis2Placement3D(model.createIfcCartesianPoint((0.0, 0.0, 0.0)), None, None)
    up = model.createIfcDirection((0.0, 0.0, 1.0))
    solid = model.createIfcExtrudedAreaSolid(profile, placement, up, depth)
    shape = model.createIfcShapeRepresentation(context, "Body", "SweptSolid", [solid])
    ifcopenshell.api.geometry.assign_representation(model, product=product, representation=shape)


def _finished(model: ifcopenshell.file) -> ifcopenshell.file:
    """Replace random GlobalIds, orders and times by fixed ones."""
    for root in model.by_type("IfcRoot"):
        root.GlobalId = ifcopenshell.guid.compress(uuid.uuid5(_NAMESPACE, str(root.id())).hex)
    for relation in (*model.by_type("IfcRelationship"), *model.by_type("IfcUnitAssignment")):
        for index, value in enumerate(relation):
            if isinstance(value, tuple):  # the API collects members in sets
                relation[index] = sorted(value, key=lambda member: member.id())
    for history in model.by_type("IfcOwnerHistory"):
        history.CreationDate = 1_714_564_800
        history.LastModifiedDate = None
    model.header.file_name.name = "sample.ifc"
    model.header.file_name.time_stamp = _WHEN
    return model
