"""The classes of the engine's schemas with the kinds of their attributes, and how drafts of the schemas map to them."""

from functools import cache
from pathlib import Path
from typing import NamedTuple


class Signature(NamedTuple):
    """One class of a schema."""

    is_abstract: bool
    is_rooted: bool
    """Whether it is an IfcRoot, with a GlobalId."""
    kinds: tuple[str, ...]
    """The kind of each attribute, as `tools/schema_signatures.py` describes them."""


@cache
def classes_of(schema: str) -> dict[str, Signature]:
    """Return the signatures by class name in upper case."""
    text = (Path(__file__).parent / "schemas" / f"{schema}.txt").read_text("ascii")
    classes = {}
    for line in text.splitlines():
        name, flags, kinds = line.split(" ")
        classes[name] = Signature(flags[0] == "-", flags[1] == "R", tuple(kinds.split(",")) if kinds else ())
    return classes


def _first(count: int) -> tuple[int, ...]:
    return tuple(range(count))


Target = tuple[str, tuple[int | bytes | None, ...]]
"""A class, and for each of its attributes the number of the draft's attribute, or its text; None: not set."""
_RENAMED_IN_4X3 = {
    "IFCBEAMSTANDARDCASE": "IFCBEAM",
    "IFCBUILDINGELEMENT": "IFCBUILTELEMENT",
    "IFCBUILDINGELEMENTTYPE": "IFCBUILTELEMENTTYPE",
    "IFCBUILDINGSYSTEM": "IFCBUILTSYSTEM",
    "IFCCOLUMNSTANDARDCASE": "IFCCOLUMN",
    "IFCDOORSTANDARDCASE": "IFCDOOR",
    "IFCMEMBERSTANDARDCASE": "IFCMEMBER",
    "IFCOPENINGSTANDARDCASE": "IFCOPENINGELEMENT",
    "IFCPLATESTANDARDCASE": "IFCPLATE",
    "IFCSLABELEMENTEDCASE": "IFCSLAB",
    "IFCSLABSTANDARDCASE": "IFCSLAB",
    "IFCWALLELEMENTEDCASE": "IFCWALL",
    "IFCWINDOWSTANDARDCASE": "IFCWINDOW",
}
_MAPPED: dict[str, dict[tuple[str, int], Target]] = {
    "IFC4X3_ADD2": {
        ("IFCALIGNMENT", 9): ("IFCALIGNMENT", (*_first(7), 8)),
        ("IFCANNOTATION", 7): ("IFCANNOTATION", (*_first(7), None)),
        ("IFCCARTESIANPOINTLIST2D", 1): ("IFCCARTESIANPOINTLIST2D", (0, None)),
        ("IFCCARTESIANPOINTLIST3D", 1): ("IFCCARTESIANPOINTLIST3D", (0, None)),
        ("IFCDERIVEDUNIT", 3): ("IFCDERIVEDUNIT", (0, 1, 2, None)),
        ("IFCGRIDPLACEMENT", 2): ("IFCGRIDPLACEMENT", (None, 0, 1)),
        ("IFCLINEARPLACEMENT", 4): ("IFCLINEARPLACEMENT", (None, None, 3)),
        ("IFCLINEARPLACEMENT", 5): ("IFCLINEARPLACEMENT", (0, None, 4)),
        ("IFCPLANT", 9): ("IFCGEOGRAPHICELEMENT", _first(9)),
        ("IFCSOLIDSTRATUM", 8): ("IFCGEOTECHNICALSTRATUM", (*_first(8), b".SOLID.")),
        ("IFCVOIDSTRATUM", 8): ("IFCGEOTECHNICALSTRATUM", (*_first(8), b".VOID.")),
        ("IFCWATERSTRATUM", 8): ("IFCGEOTECHNICALSTRATUM", (*_first(8), b".WATER.")),
        ("IFCPROXY", 9): ("IFCBUILDINGELEMENTPROXY", (*_first(7), 8, None)),
        ("IFCREFERENT", 9): ("IFCREFERENT", _first(8)),
        ("IFCRELINTERFERESELEMENTS", 9): ("IFCRELINTERFERESELEMENTS", (*_first(9), None)),
        ("IFCROAD", 9): ("IFCROAD", (*_first(9), None)),
        ("IFCRAILWAY", 9): ("IFCRAILWAY", (*_first(9), None)),
        ("IFCBRIDGE", 9): ("IFCBRIDGE", (*_first(9), None)),
        ("IFCMARINEFACILITY", 9): ("IFCMARINEFACILITY", (*_first(9), None)),
        ("IFCVIRTUALELEMENT", 8): ("IFCVIRTUALELEMENT", (*_first(8), None)),
    },
    "IFC4": {},
    "IFC2X3": {},
}
_PARTS = {"ROAD": "ROADPART", "RAILWAY": "RAILWAYPART", "BRIDGE": "BRIDGEPART", "MARINE": "MARINEPART"}
DROPPED = {
    "IFC4X3_ADD2": frozenset(
        {
            *("IFCDOORSTYLE", "IFCWINDOWSTYLE", "IFCALIGNMENTCURVE"),
            *("IFCDISTANCEEXPRESSION", "IFCORIENTATIONEXPRESSION", "IFCAXISLATERALINCLINATION"),
            *("IFCBLOSSCURVE", "IFCCIRCULARARCSEGMENT2D", "IFCCOSINE"),
            *(
                "IFCDIRECTRIXDISTANCESWEPTAREASOLID",
                "IFCINCLINEDREFERENCESWEPTAREASOLID",
                "IFCLINEARAXISWITHINCLINATION",
            ),
            *("IFCLINEARPLACEMENTWITHINCLINATION", "IFCLINEARSPANPLACEMENT", "IFCLINESEGMENT2D"),
            *("IFCSERIESPARAMETERCURVE", "IFCSINE", "IFCTRANSITIONCURVESEGMENT2D"),
            *("IFCVIENNESEBEND",),
        }
    ),
    "IFC4": frozenset[str](),
    "IFC2X3": frozenset[str](),
}
"""Classes of IFC4X1 to IFC4X3_RC4 without a product; their statements are left out, and a finding counts them."""


def target_of(schema: str, ifc_class: str, arguments: list[bytes]) -> Target | None:
    """Return what a class of a draft becomes in `schema`; None when that is not certain."""
    classes, count = classes_of(schema), len(arguments)
    if target := _MAPPED[schema].get((ifc_class, count)):
        return target
    if schema == "IFC4X3_ADD2":
        if renamed := _RENAMED_IN_4X3.get(ifc_class):
            return (renamed, _first(count)) if len(classes[renamed].kinds) == count else None
        if ifc_class == "IFCFACILITYPART" and count == 11:
            return _facility_part(arguments[9])
    return None


def _facility_part(kind: bytes) -> Target:
    """Map the release candidates' IfcFacilityPart, whose type of part is a value of PredefinedType."""
    name = kind.strip().upper().decode("latin-1")
    for prefix, part in _PARTS.items():
        if name.startswith(f"IFC{prefix}PARTTYPEENUM"):
            return f"IFC{part}", (*_first(9), 10, 9)
    return "IFCFACILITYPARTCOMMON", (*_first(9), 10, None)
