"""The source of one body: random numbers, the file to write to, and the registry of kinds."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, exp, log, pi, sin
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.geometry.solid import Frame, Solid, frame_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from tests.geometry.step import Ref, Step

SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
NEW = SCHEMAS[1:]
"""The schemas since IFC4."""


@dataclass(frozen=True)
class Body:
    """The items of a body as written, and what they are."""

    items: list[Ref]
    solid: Solid
    kind: str = "SolidModel"
    """The RepresentationType."""
    openings: list[list[Ref]] = field(default_factory=list)
    """The bodies of its openings."""


@dataclass(frozen=True)
class Draw:
    """The source of one body."""

    random: Random
    step: Step

    @property
    def old(self) -> bool:
        """Return whether the file is IFC2X3."""
        return self.step.setting.schema == "IFC2X3"

    def between(self, low: float, high: float) -> float:
        """Return a number, to five digits, so that the text has the same."""
        return float(f"{self.random.uniform(low, high):.5g}")

    def size(self, low: float = 0.05, high: float = 5.0) -> float:
        """Return a length in metres; small ones are as likely as large ones."""
        return float(f"{exp(self.random.uniform(log(low), log(high))):.4g}")

    def chance(self, share: float) -> bool:
        """Return True in this share of cases."""
        return self.random.random() < share

    def direction(self) -> tuple[float, float, float]:
        """Return a direction; half of them are along an axis."""
        if self.chance(0.5):
            direction = [0.0, 0.0, 0.0]
            direction[self.random.randrange(3)] = self.random.choice((1.0, -1.0))
            return (direction[0], direction[1], direction[2])
        angle, z = self.random.uniform(0, 2 * pi), self.random.uniform(-1, 1)
        flat = (1 - z * z) ** 0.5
        return (flat * cos(angle), flat * sin(angle), z)

    def position(self, reach: float = 3.0) -> tuple[Ref, Frame]:
        """Write the position of an item, near the origin of bodies."""
        z = self.direction()
        x = self.direction()
        while np.linalg.norm(np.cross(x, z)) < 0.2:
            x = self.direction()
        near = [self.between(-reach, reach) for _ in range(3)]
        return self.at(near, z, x)

    def at(
        self,
        near: Sequence[float] = (0.0, 0.0, 0.0),
        z: Sequence[float] | None = None,
        x: Sequence[float] | None = None,
    ) -> tuple[Ref, Frame]:
        """Write a given position of an item, relative to the origin of bodies."""
        origin = self.world(near)
        return self.step.axes(origin, z, x), frame_of(origin, z or (0, 0, 1), x or (1, 0, 0))

    def world(self, near: Sequence[float]) -> list[float]:
        """Return a point relative to the origin of bodies in the coordinates of the file, in metres."""
        return [value + start for value, start in zip(near, self.step.setting.origin, strict=True)]


@dataclass(frozen=True)
class Case:
    """One kind of body."""

    name: str
    make: Callable[[Draw], Body]
    schemas: tuple[str, ...]
    family: str


CASES: dict[str, Case] = {}


def case(name: str, schemas: tuple[str, ...] = SCHEMAS) -> Callable[[Callable[[Draw], Body]], Callable[[Draw], Body]]:
    """Register a generator under the name of its class, with details after a comma."""

    def register(make: Callable[[Draw], Body]) -> Callable[[Draw], Body]:
        assert name not in CASES
        CASES[name] = Case(name, make, schemas, make.__module__.rsplit(".", 1)[1])
        return make

    return register


def register_all(makers: Mapping[str, tuple[Callable[[Draw], Any], tuple[str, ...]]], wrap: Any, prefix: str) -> None:
    """Register one case per maker, each wrapped in a body by `wrap(draw, made)`."""
    for name, (make, schemas) in makers.items():
        case(f"{prefix}, {name}", schemas)(_wrapped(make, wrap))


def _wrapped(make: Callable[[Draw], Any], wrap: Any) -> Callable[[Draw], Body]:
    def body(draw: Draw) -> Body:
        made: Body = wrap(draw, make(draw))
        return made

    body.__module__ = wrap.__module__
    return body
