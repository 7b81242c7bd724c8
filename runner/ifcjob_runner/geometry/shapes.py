"""The shapes to mesh for one file, as planning hands them to the engines.

Classes with many instances per file are named tuples: three processes pickle them, and frozen dataclasses take longer.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ifcjob_runner.data.metadata.missing_references import MissingReference
    from ifcjob_runner.data.placements import Affine
    from ifcjob_runner.geometry.meshes import Colour

EngineName = Literal["lite", "kernel", "direct"]
"""ifclite, OpenCASCADE, or `geometry.direct`."""
Parts: TypeAlias = "tuple[tuple[Colour, tuple[int, ...]], ...]"
MAX_NESTED_MAPS = 20
"""The deepest nesting of mapped items; a deeper one is a cycle."""
_FILE_NAME = "worklist.pickle"


class Expected(NamedTuple):
    """The volume of a body, and a box that must contain it, calculated from its attributes."""

    volume: float
    """m³."""
    low: tuple[float, float, float]
    """The box's lowest corner in the item's frame, metres."""
    high: tuple[float, float, float]
    tolerance: float
    """The accepted difference in volume, as a share."""


class Leaf(NamedTuple):
    """A solid that an engine builds from one item of the file."""

    item: int
    """STEP id of the item; of the shell or curve when `form` is not empty."""
    form: Literal["", "IfcFacetedBrep", "IfcAdvancedBrep", "prism"]
    """The solid to make of a shell, or a prism of height 1 on a closed curve."""
    engine: EngineName
    affine: Affine
    """From the item's frame to the shape's, in metres."""
    expected: Expected | None = None
    """Of its mesh; None when that is not known."""


class HalfSpace(NamedTuple):
    """The half of space below the XY plane of a frame; as large as its host needs."""

    frame: Affine


class Prism(NamedTuple):
    """All space above and below a closed boundary in the XY plane of a frame."""

    frame: Affine
    boundary: tuple[tuple[float, float], ...] | Leaf
    """The corners, in metres; or the prism of a curve that is not a polyline, in the same frame."""


class Unbuildable(NamedTuple):
    """An operand that cannot be built."""

    reason: str
    """Its class and STEP id, and why."""


class Operation(NamedTuple):
    """A boolean operation on two or more solids; a difference subtracts all but the first."""

    operator: Literal["union", "difference", "intersection"]
    operands: tuple[Solid, ...]


Solid: TypeAlias = Leaf | HalfSpace | Prism | Unbuildable | Operation
"""An expression tree: the operands of boolean operations, down to what the engines build."""


def leaves(solid: Solid) -> Iterator[Leaf]:
    """Yield the leaves of a tree, in order."""
    match solid:
        case Leaf():
            yield solid
        case Prism(_, Leaf() as boundary):
            yield boundary
        case Operation(_, operands):
            for operand in operands:
                yield from leaves(operand)


@dataclass(slots=True)
class Shape:
    """One body to mesh, and every element that shows it."""

    representation: int
    """STEP id of the IfcShapeRepresentation; the mapped one for instances."""
    kind: str
    """Its RepresentationType."""
    product: int
    """STEP id of the first element."""
    cut: bool
    """Whether openings or projections shape it; such a body belongs to a single element."""
    engine: EngineName
    """The engine that meshes it first."""
    colour: Colour
    """The colour of faces without a style, or of all faces if they have the same colour."""
    parts: Parts
    """STEP ids of its items by colour; empty when an item has several colours."""
    elements: list[int] = field(default_factory=list)
    """STEP ids of the elements."""
    affines: list[Affine] = field(default_factory=list)
    """The transform of each element from the body's frame to the world, in metres."""
    solids: tuple[tuple[Colour, Solid], ...] = ()
    """Its items with their colours, mapped ones resolved; only when openings or boolean operations shape the body."""
    openings: tuple[Solid, ...] = ()
    """The items of the openings that are subtracted from each of `solids`."""
    doubt: str = ""
    """Why no mesh of it is proved, from `doubt_reasons`; empty when one can be."""
    textures: dict[int, int] = field(default_factory=dict)
    """STEP id of the texture of an item, by that of the item; only for `direct`."""
    item_colours: dict[int, Colour] = field(default_factory=dict)
    """The colour of each item, mapped ones and shells included, by STEP id; empty for a body of one colour."""
    expected: Expected | None = None
    """Of its mesh, when it has no openings and boolean operations; None when that is not known."""
    closed: bool = False
    """Whether a mesh with an open surface is not believed."""


@dataclass(slots=True)
class TextureProblem:
    """A texture that some elements should show and do not."""

    texture: int
    """STEP id of the IfcSurfaceTexture."""
    reason: str
    """Completes the sentence "This texture is not drawn: …"."""
    elements: list[int]
    """STEP ids of the elements."""


@dataclass(slots=True)
class Worklist:
    """All shapes to mesh for one file."""

    shapes: list[Shape]
    """The bodies, in file order."""
    expected: dict[int, tuple[str, str]]
    """GlobalId and class of every element with a body, by STEP id."""
    unreadable: dict[int, str]
    """The expected elements with a line that cannot be read, with the reason."""
    doubtful: dict[int, str]
    """The elements whose place or shape planning had to assume, with the reason; see `doubt_reasons`."""
    free_id: int
    """The first STEP id above all those in the file."""
    length_scale: float
    """Metres per length unit of the file."""
    texture_problems: list[TextureProblem] | None = None
    """None for a file without textures."""
    missing: list[MissingReference] = field(default_factory=list)
    """The references to nothing that planning has read."""
    lacking: list[int] = field(default_factory=list)
    """STEP ids of the elements that need them."""
    has_misread_numbers: bool = False
    """Whether the engine has read other numbers than the file has."""


def save_worklist(folder: Path, worklist: Worklist) -> None:
    """Write the worklist into the run's scratch folder, for the run's other processes."""
    (folder / _FILE_NAME).write_bytes(pickle.dumps(worklist, pickle.HIGHEST_PROTOCOL))


def load_worklist(folder: Path) -> Worklist:
    """Read the worklist that the planning process of this run has saved."""
    worklist: Worklist = pickle.loads((folder / _FILE_NAME).read_bytes())  # noqa: S301 - written by save_worklist
    return worklist
