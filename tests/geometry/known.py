"""Kinds of bodies that the product may draw wrong without saying so, with the reason: the page lists them as limits."""

_FLUSH = "operands that are almost flush leave a film"
_CAVITY = "the inner surface of a cavity faces outward"
_WHOLE = "a body is drawn uncut when nothing is left of it"
_OPERAND = "an operand that no engine builds is not subtracted"

KNOWN_WRONG: dict[str, str] = {
    **{f"{kind}, cavity": _CAVITY for kind in ("IfcBooleanResult, difference", "IfcOpeningElement")},
    **{f"{kind}, containing": _WHOLE for kind in ("IfcBooleanResult, difference", "IfcOpeningElement")},
    **{
        f"{kind}, {place}": _FLUSH
        for kind in ("IfcBooleanResult, difference", "IfcOpeningElement")
        for place in ("hole, flush", "hole, almost flush", "notch, almost flush", "cut in two, almost flush")
    },
    **{
        f"IfcBooleanResult, {which} operand {name}": _CAVITY
        for which in ("first", "second")
        for name in (
            "IfcArbitraryClosedProfileDef",
            "IfcBlock",
            "IfcCsgSolid",
            "IfcExtrudedAreaSolid",
            "IfcFacetedBrep",
            "IfcPolygonalFaceSet",
            "IfcTriangulatedFaceSet",
        )
    },
    "IfcBooleanResult, chain of differences": "a hole is lost among several operands",
    "IfcBooleanResult, second operand IfcRightCircularCylinder": _OPERAND,
    "IfcBooleanResult, second operand IfcSphere": _CAVITY,
    "IfcBoxedHalfSpace": "its box is subtracted",
    "IfcOpeningElement, small round hole": "holes of millimetres are lost",
    "IfcOpeningElement, small square hole": "holes of millimetres are lost",
    "IfcPolygonalBoundedHalfSpace, almost flush": _FLUSH,
}
