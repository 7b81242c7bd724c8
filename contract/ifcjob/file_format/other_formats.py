"""Recognise formats other than IFC in STEP text, with a hint how to get IFC.

The list holds the formats that users submit by mistake. A signature in the content outranks the file name's suffix.
"""

import re
from dataclasses import dataclass

_EXPORT = "Open it in the program that wrote it and export IFC (.ifc)."
_STEP = "Export IFC in STEP text (.ifc); this encoding is not supported."
_SOURCE = "Use the IFC file that it was made from."
_PLAIN = "Unpack it, or pack the file as .ifczip or gzip."


@dataclass(frozen=True)
class Format:
    """Another format."""

    name: str
    """Completes the sentence "The file is …"."""
    hint: str
    """How to get IFC in STEP text."""


_SIGNATURES: list[tuple[bytes, Format]] = [
    (rb"\xff\xfe\xff\x0eS\x00k\x00e\x00t\x00c\x00h\x00U\x00p\x00", Format("a SketchUp file (SKP)", _EXPORT)),
    (
        rb"(\xff\xfe|\xfe\xff|\x00\x00\xfe\xff)|\s*(I\x00S\x00O\x00|\x00I\x00S\x00O)",
        Format("UTF-16 text", "Save it as plain text (ASCII or UTF-8), or export IFC again."),
    ),
    (
        rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        Format("an OLE container: a Revit file (RVT, RFA) or an old Office file", _EXPORT),
    ),
    (rb"AC10\d\d", Format("an AutoCAD drawing (DWG)", _EXPORT)),
    (
        rb"\s*0\s*[\r\n]+\s*SECTION\b|AutoCAD Binary DXF|\s*999\s*[\r\n]",
        Format("an AutoCAD exchange file (DXF)", _EXPORT),
    ),
    (rb"glTF", Format("binary glTF (GLB)", _SOURCE)),
    (rb"%PDF", Format("a PDF document", _EXPORT)),
    (rb"PK(\x03\x04|\x05\x06|\x07\x08)", Format("a zip archive without an IFC file", "Zip exactly one .ifc file.")),
    (
        rb"7z\xbc\xaf\x27\x1c|Rar!|\x28\xb5\x2f\xfd|BZh|\xfd7zXZ",
        Format("an archive (7z, RAR, zstd, bzip2 or xz)", _PLAIN),
    ),
    (rb"(?s).{257}ustar", Format("a tar archive", _PLAIN)),
    (rb"SQLite format 3\x00", Format("a SQLite database (ifcSQLite or GeoPackage)", _EXPORT)),
    (rb"\x89HDF", Format("an HDF5 file (ifcHDF)", _EXPORT)),
    (rb"Kaydara FBX|; FBX", Format("an FBX file", _EXPORT)),
    (rb"3D Geometry File Format", Format("a Rhino file (3DM)", _EXPORT)),
    (rb"LASF|ASTM-E57", Format("a point cloud (LAS, E57)", _SOURCE)),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\x00", Format("an image", _EXPORT)),
    (rb"solid |\s*mtllib |\s*#.*\n(?:#.*\n)*(?:mtllib|o|v) ", Format("a mesh file (STL, OBJ)", _EXPORT)),
    (
        rb"version https://git-lfs",
        Format("a Git LFS pointer, not the file itself", "Run `git lfs pull`, then use the file that it downloads."),
    ),
    (
        rb"(?i)(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype html|html|head|body)\b",
        Format(
            "an HTML page, such as a login or error page",
            "The source does not return the file itself; open its URL in a browser.",
        ),
    ),
    (rb"\x00{64}", Format("filled with zero bytes: its content was not written", "Upload or copy the file again.")),
]
_XML = [
    (rb"(?i)ifcxml|buildingsmart-tech\.org/ifc|iso_10303_28", Format("ifcXML", _STEP)),
    (
        rb"(?i)<Error>\s*<Code>",
        Format("an object store's error message in XML", "Check the source URL; it returns an error."),
    ),
    (rb"(?i)COLLADA", Format("a COLLADA file (DAE)", _EXPORT)),
    (rb"(?i)citygml", Format("CityGML", _EXPORT)),
    (rb"(?i)landxml", Format("LandXML", _EXPORT)),
    (rb"", Format("XML", _EXPORT)),
]
_JSON = [
    (
        rb"(?i)ifcx|ifc5|buildingsmart-community/ifc5",
        Format("IFCX (IFC5 in JSON)", "IFC5 is a draft; export IFC4 or IFC4X3_ADD2."),
    ),
    (rb"(?i)\"CityJSON", Format("CityJSON", _EXPORT)),
    (rb"\"asset\"\s*:|\"(bufferViews|accessors|meshes)\"\s*:", Format("glTF in JSON", _SOURCE)),
    (rb"(?i)ifcjson|\"globalId\"", Format("ifcJSON", _STEP)),
    (rb"", Format("JSON", _EXPORT)),
]
_SUFFIXES = {
    **dict.fromkeys(("rvt", "rfa", "rte"), Format("a Revit file", _EXPORT)),
    **dict.fromkeys(
        ("nwd", "nwc", "nwf"), Format("a Navisworks file", "Export IFC from the program that the model was made in.")
    ),
    **dict.fromkeys(("xkt", "frag"), Format("a web viewer's file (XKT, FRAG)", _SOURCE)),
    **dict.fromkeys(("pln", "pla", "mod"), Format("an Archicad file", _EXPORT)),
    **dict.fromkeys(("dgn", "skp", "dwg", "dxf", "3dm", "3ds", "blend"), Format("another CAD program's file", _EXPORT)),
    "ifcxml": Format("ifcXML", _STEP),
}


def other_format(head: bytes, name: str) -> Format | None:
    """Recognise a format that is not STEP text by the file's first bytes, then by its name; None when unknown."""
    for pattern, other in _SIGNATURES:
        if re.match(pattern, head):
            return other
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for opening, candidates in ((b"<", _XML), (b"{", _JSON), (b"[", _JSON)):
        if text.startswith(opening):
            return next(other for pattern, other in candidates if re.search(pattern, text))
    return _SUFFIXES.get(name.rpartition(".")[2].lower())
