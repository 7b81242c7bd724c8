"""Choose the engine that is trusted with an item of a body.

ifclite is tried first: it is the fastest engine and, on every measured file, as exact as OpenCASCADE. OpenCASCADE
meshes bodies with openings in several colours, and all bodies when the request sets a deflection. Items that an
engine draws wrong or not at all are meshed directly from their attributes.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from ifcjob_runner.data.attribute_access import File, Instance
from ifcjob_runner.data.attribute_access import checked_argument as argument
from ifcjob_runner.data.attribute_access import checked_class_of as class_of
from ifcjob_runner.data.attribute_access import checked_step_id as step_id
from ifcjob_runner.geometry.planning.outer_bounds import items_without_outer_bounds
from ifcjob_runner.geometry.shapes import EngineName

if TYPE_CHECKING:
    from ifcjob_runner.engine_options import GltfOptions

_DIRECT_CLASSES = frozenset(
    {
        "IfcBlock", "IfcRectangularPyramid", "IfcRightCircularCone", "IfcRightCircularCylinder", "IfcSphere",
        "IfcBoundingBox",
        # ifclite cuts the corners of a sweep, and OpenCASCADE ignores its parameters and fails on closed ones.
        "IfcSweptDiskSolidPolygonal", "IfcFixedReferenceSweptAreaSolid", "IfcDirectrixDerivedReferenceSweptAreaSolid",
        "IfcSurfaceCurveSweptAreaSolid",
        # OpenCASCADE ignores the second profile, or joins it with wrong walls.
        "IfcRevolvedAreaSolidTapered", "IfcExtrudedAreaSolidTapered",
        # Both ignore inner boundaries, and draw few surfaces that are bodies by themselves.
        "IfcCurveBoundedPlane", "IfcCurveBoundedSurface", "IfcRectangularTrimmedSurface",
        "IfcSurfaceOfLinearExtrusion", "IfcSurfaceOfRevolution", "IfcGeometricSet",
        # ifclite exchanges left and right; OpenCASCADE, which takes over what is not made of lines and arcs, does not.
        "IfcSectionedSolidHorizontal", "IfcSectionedSpine", "IfcSectionedSurface",
    }
)  # fmt: skip
_TRIANGULATED_CLASSES = ("IfcTriangulatedFaceSet", "IfcTriangulatedIrregularNetwork")
_FACE_CLASSES = frozenset(
    {"IfcFacetedBrep", "IfcFacetedBrepWithVoids", "IfcShellBasedSurfaceModel", "IfcFaceBasedSurfaceModel"}
)
_ONE_TURN = 6.284

# Profiles. ifclite ignores radii and slopes of some classes, and draws others in the wrong place or not at all.
_DIRECT_PROFILES = frozenset(
    {
        "IfcAsymmetricIShapeProfileDef", "IfcZShapeProfileDef", "IfcTrapeziumProfileDef", "IfcEllipseProfileDef",
        "IfcCenterLineProfileDef",
    }
)  # fmt: skip
_IGNORED_ATTRIBUTES = {
    "IfcIShapeProfileDef": (8, 9),
    "IfcUShapeProfileDef": (9,),
    "IfcLShapeProfileDef": (8,),
    "IfcTShapeProfileDef": (10, 11),
    "IfcCShapeProfileDef": (7,),
}
"""Attributes of profiles that ifclite ignores: radii of edges, slopes, the fillet of a C."""
_SIMPLE_REVOLVED = frozenset({"IfcCircleProfileDef", "IfcRectangleProfileDef", "IfcArbitraryClosedProfileDef"})


class EngineChoice:
    """The engine of each item of one file."""

    def __init__(self, file: File, options: "GltfOptions") -> None:
        colour_maps = () if file.schema == "IFC2X3" else file.by_type("IfcIndexedColourMap")
        self._coloured_faces = {
            step_id(argument(colour_map, 0)) for colour_map in colour_maps if argument(colour_map, 0) is not None
        }
        self._unmarked = items_without_outer_bounds(file)
        self._has_splines = bool(file.by_type("IfcBSplineCurve"))
        self._mapped: dict[int, bool] = {}
        # Only OpenCASCADE respects a deflection.
        no_deflection = options.linear_deflection is None and options.angular_deflection is None
        self._usual: EngineName = "lite" if no_deflection else "kernel"

    def of_item(self, item: Instance) -> EngineName:
        """Return the engine that is trusted with this item."""
        return "direct" if self._is_direct(item) else self._usual

    def _is_direct(self, item: Instance) -> bool:
        name = class_of(item)
        if name == "IfcCsgSolid":
            name = class_of(argument(item, 0))
        special = _SPECIAL.get(name)
        if special is not None:
            return special(item) or (self._has_splines and _has_spline(argument(item, 0)))
        if name == "IfcMappedItem":
            return self._maps_direct(item)
        if name not in _TRIANGULATED_CLASSES:
            return name in _DIRECT_CLASSES or (name in _FACE_CLASSES and step_id(item) in self._unmarked)
        # PnIndex of a face set, and Flags of a TIN. IFC4 before its first addendum had nested indices of normals there.
        indirect, flags = argument(item, 4), argument(item, 5) if len(item) > 5 else None
        nested = bool(indirect) and not isinstance(indirect[0], int)
        return not nested and (bool(indirect or flags) or step_id(item) in self._coloured_faces)

    def _maps_direct(self, item: Instance) -> bool:
        """Return whether a mapped item shows an item that is meshed directly."""
        representation = argument(argument(item, 0), 1)
        known = self._mapped.get(step_id(representation))
        if known is None:
            self._mapped[step_id(representation)] = False  # a representation that maps itself ends here
            known = any(self._is_direct(inner) for inner in argument(representation, 3))
            self._mapped[step_id(representation)] = known
        return known


def _extruded(item: Instance) -> bool:
    return _is_direct_profile(argument(item, 0))


def _revolved(item: Instance) -> bool:
    angle = argument(item, 3)
    return class_of(argument(item, 0)) not in _SIMPLE_REVOLVED or angle is None or abs(angle) > _ONE_TURN


def _disk(item: Instance) -> bool:
    """Return whether a disk is swept along anything but one whole line."""
    curve = argument(item, 0)
    straight = class_of(curve) == "IfcPolyline" and len(argument(curve, 0)) == 2
    return not straight or argument(item, 3) is not None or argument(item, 4) is not None


_SPECIAL: dict[str, Callable[[Instance], bool]] = {
    "IfcExtrudedAreaSolid": _extruded,
    "IfcRevolvedAreaSolid": _revolved,
    "IfcSweptDiskSolid": _disk,
}
"""Classes of which some items are meshed directly."""


def _is_direct_profile(profile: Instance) -> bool:
    name = class_of(profile)
    if name in _IGNORED_ATTRIBUTES:
        numbers = _IGNORED_ATTRIBUTES[name]
        ignored = any(argument(profile, number) for number in numbers if number < len(profile))
        return ignored or (name == "IfcLShapeProfileDef" and argument(profile, 4) is None)
    if name == "IfcCompositeProfileDef":
        return any(_is_direct_profile(part) for part in argument(profile, 2))
    if name in ("IfcDerivedProfileDef", "IfcMirroredProfileDef"):
        # OpenCASCADE turns the origin of the operator, too.
        turned = argument(argument(profile, 3), 0) is not None if name == "IfcDerivedProfileDef" else False
        return turned or _is_direct_profile(argument(profile, 2))
    return name in _DIRECT_PROFILES


def _has_spline(item: Instance) -> bool:
    """Return whether a profile or curve contains a spline, which neither engine draws in a profile."""
    name = class_of(item)
    if name.endswith(("CompositeCurve", "CompositeProfileDef")):
        parts = argument(item, 2 if name.endswith("Def") else 0)
        return any(_has_spline(argument(part, 2) if name.endswith("Curve") else part) for part in parts)
    if name in ("IfcArbitraryClosedProfileDef", "IfcDerivedProfileDef", "IfcMirroredProfileDef"):
        return _has_spline(argument(item, 2))
    if name == "IfcArbitraryProfileDefWithVoids":
        return any(map(_has_spline, (argument(item, 2), *argument(item, 3))))
    return "BSpline" in name or "Bezier" in name
