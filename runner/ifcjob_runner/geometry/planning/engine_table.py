"""The engine that is trusted with each class of item, as data.

`python -m tests.geometry.prove` measures the engines; docs/explanation/geometry.md shows the results beside this table,
and a test compares them.
"""

from typing import Literal, NamedTuple

from ifcjob_runner.geometry.shapes import EngineName

Condition = Literal[
    "",
    "an unproved profile",
    "an unproved profile, or more than a turn",
    "a bent or trimmed directrix",
    "indirect indices, flags or colours of faces",
    "colours of faces",
    "faces without an outer bound or with styles",
    "faces on swept surfaces",
    "curved faces",
]


class Row(NamedTuple):
    """The engine of a class of items under a condition."""

    engine: EngineName
    condition: Condition = ""
    """A property of the item; empty for all items."""
    proved: bool = True
    """Whether the engine draws it right in the proof; the element is doubtful otherwise."""


LITE, DIRECT = Row("lite"), Row("direct")
_DIRECT_FACES = (Row("direct", "faces without an outer bound or with styles"), LITE)
_DIRECT_TRIANGLES = (Row("direct", "indirect indices, flags or colours of faces"), LITE)

ENGINES: dict[str, tuple[Row, ...]] = {
    "IfcAdvancedBrep": (Row("kernel", "faces on swept surfaces", proved=False), Row("kernel", "curved faces"), LITE),
    "IfcBlock": (DIRECT,),
    "IfcBoundingBox": (DIRECT,),
    # Both ignore inner boundaries, and draw few surfaces that are bodies by themselves.
    "IfcCurveBoundedPlane": (DIRECT,),
    "IfcCurveBoundedSurface": (DIRECT,),
    "IfcDirectrixDerivedReferenceSweptAreaSolid": (DIRECT,),
    "IfcExtrudedAreaSolid": (Row("direct", "an unproved profile"), LITE),
    # OpenCASCADE joins the two profiles with wrong walls.
    "IfcExtrudedAreaSolidTapered": (DIRECT,),
    "IfcFaceBasedSurfaceModel": _DIRECT_FACES,
    "IfcFacetedBrep": _DIRECT_FACES,
    "IfcFacetedBrepWithVoids": _DIRECT_FACES,
    # ifclite cuts the corners of a sweep, and OpenCASCADE ignores its parameters and fails on closed ones.
    "IfcFixedReferenceSweptAreaSolid": (DIRECT,),
    "IfcGeometricSet": (DIRECT,),
    "IfcPolygonalFaceSet": (Row("direct", "colours of faces"), LITE),
    "IfcRectangularPyramid": (DIRECT,),
    "IfcRectangularTrimmedSurface": (DIRECT,),
    "IfcRevolvedAreaSolid": (Row("direct", "an unproved profile, or more than a turn"), LITE),
    # OpenCASCADE ignores the second profile.
    "IfcRevolvedAreaSolidTapered": (DIRECT,),
    "IfcRightCircularCone": (DIRECT,),
    "IfcRightCircularCylinder": (DIRECT,),
    # ifclite exchanges left and right; OpenCASCADE, which takes over what is not made of lines and arcs, does not.
    "IfcSectionedSolidHorizontal": (DIRECT,),
    "IfcSectionedSpine": (DIRECT,),
    "IfcSectionedSurface": (DIRECT,),
    "IfcShellBasedSurfaceModel": _DIRECT_FACES,
    "IfcSphere": (DIRECT,),
    "IfcSurfaceCurveSweptAreaSolid": (DIRECT,),
    "IfcSurfaceOfLinearExtrusion": (DIRECT,),
    "IfcSurfaceOfRevolution": (DIRECT,),
    "IfcSweptDiskSolid": (Row("direct", "a bent or trimmed directrix"), LITE),
    "IfcSweptDiskSolidPolygonal": (DIRECT,),
    "IfcTriangulatedFaceSet": _DIRECT_TRIANGLES,
    "IfcTriangulatedIrregularNetwork": _DIRECT_TRIANGLES,
}
"""The rows of each class; the first whose condition holds counts."""
OTHERS = (LITE,)
"""The rows of all other classes."""

DIRECT_PROFILES = frozenset(
    {
        "IfcAsymmetricIShapeProfileDef", "IfcCenterLineProfileDef", "IfcCompositeProfileDef",
        "IfcCraneRailAShapeProfileDef", "IfcDerivedProfileDef", "IfcEllipseProfileDef", "IfcTrapeziumProfileDef",
        "IfcZShapeProfileDef",
    }
)  # fmt: skip
"""Profiles that ifclite draws in the wrong place, in part, or not at all; OpenCASCADE scales derived ones wrong."""
IGNORED_ATTRIBUTES = {
    "IfcCShapeProfileDef": (7,),
    "IfcIShapeProfileDef": (8, 9),
    "IfcLShapeProfileDef": (8,),
    "IfcTShapeProfileDef": (10, 11),
    "IfcUShapeProfileDef": (9,),
}
"""Attributes of profiles that ifclite ignores: radii of edges, slopes, the fillet of a C."""
SIMPLE_REVOLVED = frozenset({"IfcArbitraryClosedProfileDef", "IfcCircleProfileDef", "IfcRectangleProfileDef"})
"""Profiles that ifclite revolves right."""
