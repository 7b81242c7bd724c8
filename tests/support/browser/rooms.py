"""Small models for tests of pages: walls one behind the other, and texts that attack a page."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from tests.support.solid_text import SolidText

if TYPE_CHECKING:
    from pathlib import Path

FRONT, BACK, TERRAIN = "Front wall", "Back wall", "Terrain"
WIDTH, HEIGHT = 4.0, 3.0
"""Of the front wall, in metres; it stands 2 m before the back wall, which is wider and higher by 2 m."""
SCRIPT = "<script>alert('ran')</script><img src=x onerror=alert('ran')>"
BIDI = "wall\u202e.cfi \u2066gnp"
CONTROL = "bell\x07 escape\x1b[31m line\nnext"
LONG = "10 kB " + "w" * 10_000
HOSTILE = (SCRIPT, BIDI, CONTROL, LONG)


def two_walls(path: Path) -> Path:
    """Write a red wall before a blue one, seen from the front, with different fire ratings."""
    text = SolidText()
    red = text.coloured(text.box((0, 0, 0), (WIDTH, 0.3, HEIGHT)), 0.9, 0.1, 0.1)
    blue = text.coloured(text.box((-1, 2, 0), (WIDTH + 1, 2.3, HEIGHT + 2)), 0.1, 0.1, 0.9)
    front, back = text.wall((red,), name=FRONT), text.wall((blue,), name=BACK)
    _storeys(text, {"Ground floor": [front], "Upper floor": [back]})
    for wall, rating in ((front, "F30"), (back, "F90")):
        _property_set(text, wall, "Pset_WallCommon", {"FireRating": rating})
    return text.write(path)


def wall_on_terrain(path: Path) -> Path:
    """Write a red wall in a site, whose own body is a green terrain half a metre thick."""
    text = SolidText()
    wall = text.wall((text.coloured(text.box((0, 0, 0), (WIDTH, 0.3, HEIGHT)), 0.9, 0.1, 0.1),), name=FRONT)
    shape = text.shape((text.coloured(text.box((-2, -2, -0.5), (WIDTH + 2, 3, 0)), 0.1, 0.6, 0.1),))
    place = text.add(f"IFCLOCALPLACEMENT($,#{text.axes((0.0, 0.0, 0.0))})")
    site = text.add(f"IFCSITE('{text.guid()}',$,'{TERRAIN}',$,$,#{place},{shape},$,.ELEMENT.,$,$,$,$,$)")
    text.add(f"IFCRELAGGREGATES('{text.guid()}',$,$,$,#{_project(text)},(#{site}))")
    text.add(f"IFCRELCONTAINEDINSPATIALSTRUCTURE('{text.guid()}',$,$,$,(#{wall}),#{site})")
    return text.write(path)


def distinct_walls(path: Path, comment: str = "") -> Path:
    """Write the two walls with content that no other file has: a job gives the model of its content its file name."""
    text = two_walls(path).read_text("utf-8").replace("DATA;", f"DATA;\n/* {uuid4()} */\n{comment}", 1)
    path.write_text(text, "utf-8")
    return path


def hostile_texts(path: Path) -> Path:
    """Write a wall per hostile text, which is its name, the name of its storey and a property of it."""
    text, storeys = SolidText(), {}
    for number, hostile in enumerate(HOSTILE):
        low = (0.0, 2.0 * number, 0.0)
        wall = text.wall((text.box(low, (4.0, low[1] + 0.3, 3.0)),), name=step_string(hostile))
        _property_set(text, wall, f"Set {hostile}", {f"Name {hostile}": f"Value {hostile}"})
        storeys[f"Storey {hostile}"] = [wall]
    _storeys(text, storeys)
    return text.write(path)


def step_string(text: str) -> str:
    """Encode a text for a STEP string in quotes."""
    return "".join(_step_character(character) for character in text)


def _step_character(character: str) -> str:
    if character in "'\\":
        return character * 2
    return character if " " <= character <= "~" else f"\\X2\\{ord(character):04X}\\X0\\"


def _property_set(text: SolidText, element: int, name: str, values: dict[str, str]) -> None:
    rows = [
        text.add(f"IFCPROPERTYSINGLEVALUE('{step_string(key)}',$,IFCLABEL('{step_string(value)}'),$)")
        for key, value in values.items()
    ]
    listed = ",".join(f"#{row}" for row in rows)
    made = text.add(f"IFCPROPERTYSET('{text.guid()}',$,'{step_string(name)}',$,({listed}))")
    text.add(f"IFCRELDEFINESBYPROPERTIES('{text.guid()}',$,$,$,(#{element}),#{made})")


def _project(text: SolidText) -> int:
    return 1 + next(number for number, line in enumerate(text.lines) if line.startswith("IFCPROJECT("))


def _storeys(text: SolidText, elements: dict[str, list[int]]) -> None:
    building = text.add(f"IFCBUILDING('{text.guid()}',$,'Building',$,$,$,$,$,.ELEMENT.,$,$,$)")
    text.add(f"IFCRELAGGREGATES('{text.guid()}',$,$,$,#{_project(text)},(#{building}))")
    storeys = []
    for name, contained in elements.items():
        storeys.append(text.add(f"IFCBUILDINGSTOREY('{text.guid()}',$,'{step_string(name)}',$,$,$,$,$,.ELEMENT.,0.)"))
        listed = ",".join(f"#{number}" for number in contained)
        text.add(f"IFCRELCONTAINEDINSPATIALSTRUCTURE('{text.guid()}',$,$,$,({listed}),#{storeys[-1]})")
    listed = ",".join(f"#{number}" for number in storeys)
    text.add(f"IFCRELAGGREGATES('{text.guid()}',$,$,$,#{building},({listed}))")
