"""The name of the authoring application, spelled the same for all its versions."""

import re

PRODUCTS: tuple[tuple[str, str], ...] = (
    ("Revit", r"\brevit\b"),
    ("Archicad", r"archicad(?:-\d\d)?"),
    ("Tekla Structures", r"tekla structures?|tekla"),
    ("Allplan", r"allplan"),
    ("Vectorworks", r"vectorworks"),
    ("OpenBuildings Designer", r"openbuildings|aecosim"),
    ("OpenRoads Designer", r"openroads"),
    ("Civil 3D", r"civil\s*3d"),
    ("AutoCAD Architecture", r"autocad architecture"),
    ("AutoCAD", r"autocad"),
    ("Navisworks", r"navisworks"),
    ("Advance Steel", r"advance steel"),
    ("SketchUp", r"sketch\s*up"),
    ("Rhino", r"rhino(?:ceros)?(?:\s?3d)?"),
    ("Bonsai", r"bonsai|blenderbim"),
    ("FreeCAD", r"freecad"),
    ("BricsCAD", r"bricscad"),
    ("MagiCAD", r"magicad"),
    ("DDS-CAD", r"dds[- ]?cad"),
    ("Plancal nova", r"plancal"),
    ("Trimble Nova", r"trimble nova"),
    ("Quadri", r"quadri|novapoint"),
    ("SDS2", r"sds/?2"),
    ("SCIA Engineer", r"scia"),
    ("Dlubal RFEM", r"rfem|dlubal"),
    ("ETABS", r"etabs"),
    ("cadwork", r"cadwork|lexocad"),
    ("Edificius", r"edificius"),
    ("CYPE", r"cype"),
    ("Solibri", r"solibri"),
    ("SimpleBIM", r"simplebim"),
    ("ProVI", r"provi\b"),
    ("Card/1", r"card/1"),
    ("12d Model", r"12d model"),
    ("xBIM", r"xbim"),
    ("IfcOpenShell", r"ifcopenshell"),
)
"""Name and pattern; the more specific pattern comes first."""

VERSION = re.compile(r"(?<![\w.])v?(\d{1,4}(?:\.\d+)?[a-z]?)(?![\d])", re.IGNORECASE)
YEARLY = ("Revit", "Tekla Structures", "AutoCAD", "AutoCAD Architecture", "Civil 3D", "SketchUp", "Navisworks")
"""Products with years as versions: of `20.1.0` and `2021` the latter is the version."""


def application_of(*descriptions: str | None) -> str | None:
    """Return a name such as `Revit 2021` from texts that describe the application, the most reliable first.

    For an unknown application return the first text; for no text, None.
    """
    texts = [text.strip() for text in descriptions if text and text.strip()]
    for text in texts:
        for name, pattern in PRODUCTS:
            if re.search(pattern, text, re.IGNORECASE):
                version = _version(name, [text, *texts])
                return f"{name} {version}" if version else name
    return texts[0] if texts else None


def _version(name: str, texts: list[str]) -> str | None:
    pattern = next(pattern for product, pattern in PRODUCTS if product == name)
    versions = [m for text in texts for m in VERSION.findall(re.sub(pattern, " ", text, flags=re.IGNORECASE))]
    if name in YEARLY:
        years = [version for version in versions if re.fullmatch(r"(19|20)\d\d[a-z]?", version, re.IGNORECASE)]
        return years[0] if years else None
    # `20.0` and `20` are the same version.
    return re.sub(r"\.0$", "", versions[0]) if versions else None
