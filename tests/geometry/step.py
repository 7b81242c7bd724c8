"""Write STEP text: numbered lines, in the file's unit of length and of angle. No IFC library takes part."""

from __future__ import annotations

from dataclasses import dataclass
from math import degrees
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Place = Literal["origin", "placement", "vertices"]
"""Where the map coordinates are: nowhere, in the site's placement, or in the coordinates of the bodies."""
UNITS = {"m": 1.0, "mm": 0.001, "ft": 0.3048}
MAP = (512345.678, 5812345.678, 87.5)
"""A point far from the origin, in metres."""


@dataclass(frozen=True)
class Setting:
    """The properties of a file that all its bodies share."""

    schema: str = "IFC4"
    unit: str = "m"
    degrees: bool = False
    place: Place = "origin"
    deflection: tuple[tuple[str, float], ...] = ()
    """The options of the run that say how coarse curves may be."""

    @property
    def origin(self) -> tuple[float, float, float]:
        """The point around which the coordinates of bodies are, in metres."""
        return MAP if self.place == "vertices" else (0.0, 0.0, 0.0)

    @property
    def site(self) -> tuple[float, float, float]:
        """The place of the site, in metres."""
        return MAP if self.place == "placement" else (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Ref:
    """A line of the file."""

    number: int


@dataclass(frozen=True)
class Word:
    """An enumeration value, or any other text that is written as it is."""

    text: str


AREA = Word(".AREA.")
DERIVED = Word("*")


def typed(name: str, value: Any) -> Word:
    """Return a value of a SELECT type."""
    return Word(f"{name}({_text(value)})")


class Step:
    """The data section of one file."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.lines: list[str] = []
        self._metres = UNITS[setting.unit]
        self._known: dict[str, Ref] = {}

    def add(self, name: str, *values: Any) -> Ref:
        """Write a line of a class; numbers are written as they are."""
        self.lines.append(f"#{len(self.lines) + 1}={name.upper()}({','.join(map(_text, values))});")
        return Ref(len(self.lines))

    def m(self, metres: float) -> float:
        """Return a length in the file's unit."""
        return metres / self._metres

    def angle(self, radians: float) -> float:
        """Return an angle in the file's unit."""
        return degrees(radians) if self.setting.degrees else radians

    def coordinates(self, point: Sequence[float]) -> list[float]:
        """Return a point's coordinates in the file's unit."""
        return [self.m(float(value)) for value in point]

    def point(self, *metres: float) -> Ref:
        """Write an IfcCartesianPoint."""
        return self.add("IfcCartesianPoint", self.coordinates(metres))

    def direction(self, *ratios: float) -> Ref:
        """Write an IfcDirection."""
        return self.add("IfcDirection", [float(ratio) for ratio in ratios])

    def axes(
        self,
        origin: Iterable[float] = (0.0, 0.0, 0.0),
        z: Sequence[float] | None = None,
        x: Sequence[float] | None = None,
    ) -> Ref:
        """Write an IfcAxis2Placement3D."""
        directions = [None if ratios is None else self.direction(*ratios) for ratios in (z, x)]
        return self.add("IfcAxis2Placement3D", self.point(*origin), *directions)

    def axes_2d(self, origin: Iterable[float] = (0.0, 0.0), x: Sequence[float] | None = None) -> Ref:
        """Write an IfcAxis2Placement2D."""
        direction = None if x is None else self.direction(*x)
        return self.add("IfcAxis2Placement2D", self.point(*origin), direction)

    def polyline(self, points: Iterable[Sequence[float]], *, closed: bool = False) -> Ref:
        """Write an IfcPolyline."""
        refs = [self.point(*point) for point in points]
        return self.add("IfcPolyline", refs + refs[:1] if closed else refs)


def _text(value: Any) -> str:
    if value is None:
        return "$"
    if isinstance(value, Ref):
        return f"#{value.number}"
    if isinstance(value, Word):
        return value.text
    if isinstance(value, bool):
        return ".T." if value else ".F."
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, list | tuple):
        return f"({','.join(map(_text, value))})"
    text = repr(float(value))
    return text if "e" not in text else text.replace("e", "E" if "." in text.partition("e")[0] else ".E")
