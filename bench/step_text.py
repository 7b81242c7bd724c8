"""Copy STEP text for scale.py: records become templates, from which the copies are filled in.

The tokens are record starts and ends, strings, comments and references; `CopyRules` says what to do with each instance.
"""

import re
import uuid
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import ifcopenshell.guid

GRID_METRES = 250.0
COLUMNS = 10
CHUNK_BYTES = 1 << 20
_NAMESPACE = uuid.UUID("5f0c6a52-6a5c-4f0e-9f6c-5d1a6b1c9f10")

# An instance with its GlobalId if that comes first; a string or a comment to skip; a reference; the end of a record.
_TOKEN = re.compile(rb"#(\d+)\s*=\s*(\w+)\s*\((?:\s*'([0-9A-Za-z_$]{22})')?|'[^']*'|/\*.*?\*/|#(\d+)|;", re.DOTALL)


@dataclass(frozen=True)
class AbsoluteAxis:
    """An absolute axis placement, which moves with the copy."""

    location: tuple[float, ...]
    directions: tuple[int | None, int | None]


@dataclass(frozen=True)
class CopyRules:
    """How to copy the instances of a source."""

    ranks: Mapping[int, int]
    """The position of each instance number among all of them; copies are numbered without gaps."""
    shared: frozenset[int]
    """Instances that exist once, such as the project, its contexts and its units."""
    dropped: frozenset[int]
    """Relationships of shared instances alone, which are not copied."""
    placements: Mapping[int, int]
    """Absolute local placements, each with its axis placement."""
    axes: Mapping[int, AbsoluteAxis]
    """The axis placements of these."""
    rooted: frozenset[bytes]
    """The names, in upper case, of the classes that start with a GlobalId."""
    metre: float
    """One metre in the unit of the file."""

    @property
    def first_free(self) -> int:
        """The instance number at which the first copy starts."""
        return max(self.ranks) + 1

    @property
    def stride(self) -> int:
        """The instance numbers per copy: its instances, then an axis placement and a point per absolute axis."""
        return len(self.ranks) + 2 * len(self.axes)


@dataclass
class Chunk:
    """Records as a printf template, with the ranks and GlobalIds to fill in, in order."""

    parts: list[bytes] = field(default_factory=list)
    ranks: "array[int]" = field(default_factory=lambda: array("q"))
    guids: list[tuple[int, bytes]] = field(default_factory=list)
    template: bytes = b""

    def add_text(self, text: bytes) -> None:
        """Add text unchanged."""
        self.parts.append(text.replace(b"%", b"%%"))

    def add_number(self, rank: int) -> None:
        """Add a placeholder for an instance number."""
        self.parts.append(b"#%d")
        self.ranks.append(rank)

    def add_guid(self, guid: bytes) -> None:
        """Add a placeholder for a new GlobalId."""
        self.parts.append(b"%b")
        self.guids.append((len(self.ranks), guid))
        self.ranks.append(0)

    def close(self) -> "Chunk":
        """Join the parts into the template."""
        self.template = b"".join(self.parts)
        self.parts = []
        return self

    def fill(self, first: int, copy: int) -> bytes:
        """Return the text of one copy whose instances are numbered from `first`."""
        values: list[int | bytes] = [first + rank for rank in self.ranks]
        for place, guid in self.guids:
            values[place] = copied_guid(guid, copy)
        return self.template % tuple(values)


def copied_guid(guid: bytes, copy: int) -> bytes:
    """Derive the GlobalId of a copy: the same in each run, and repeated only where the source repeats it."""
    derived = uuid.uuid5(_NAMESPACE, f"{guid.decode()} {copy}")
    return str(ifcopenshell.guid.compress(derived.hex)).encode()


def chunks_of(text: bytes, rules: CopyRules) -> Iterator[Chunk]:
    """Turn the records of the DATA section into templates, without shared and dropped instances."""
    axis_ranks = {axis: len(rules.ranks) + 2 * order for order, axis in enumerate(rules.axes)}
    left_out = rules.shared | rules.dropped
    chunk, taken, done, record, skipping = Chunk(), 0, 0, 0, False
    for token in _TOKEN.finditer(text):
        definition, name, guid, reference = token.groups()
        if definition:
            chunk.add_text(text[done : token.start()])
            done = token.start()
            record = int(definition)
            skipping = record in left_out
            if not skipping:
                chunk.add_number(rules.ranks[record])
                done = token.end(1)
                if guid and name.upper() in rules.rooted:
                    chunk.add_text(text[done : token.start(3)])
                    chunk.add_guid(guid)
                    done = token.end(3)
        elif token.group() == b";":
            if not skipping:
                chunk.add_text(text[done : token.end()])
            done = token.end()
            if done - taken > CHUNK_BYTES:
                yield chunk.close()
                chunk, taken = Chunk(), done
        elif reference and not skipping:
            number = int(reference)
            if number in rules.shared and number != rules.placements.get(record):
                continue
            chunk.add_text(text[done : token.start()])
            moves = number == rules.placements.get(record)
            chunk.add_number(axis_ranks[number] if moves else rules.ranks[number])
            done = token.end()
    yield chunk.close()


def axes_of(rules: CopyRules, first: int, copy: int) -> bytes:
    """Return the absolute placements of a copy, moved to its place on the grid."""
    step = GRID_METRES * rules.metre
    offset = (copy % COLUMNS * step, copy // COLUMNS * step, 0.0)
    lines = []
    for order, absolute in enumerate(rules.axes.values()):
        axis = first + len(rules.ranks) + 2 * order
        point = ",".join(f"{value + shift:.9f}" for value, shift in zip(absolute.location, offset, strict=True))
        directions = ",".join(_reference(number, rules, first) for number in absolute.directions)
        lines.append(
            f"#{axis + 1}=IFCCARTESIANPOINT(({point}));\n#{axis}=IFCAXIS2PLACEMENT3D(#{axis + 1},{directions});\n"
        )
    return "".join(lines).encode()


def _reference(number: int | None, rules: CopyRules, first: int) -> str:
    if number is None:
        return "$"
    return f"#{number if number in rules.shared else first + rules.ranks[number]}"
