"""The text side of scale.py: records as templates, and the copies filled in from them.

It knows STEP text as far as copying asks: where a record starts and ends, what is a string, a comment or a reference.
What the text means is told by `Facts`.
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

# A definition, with its GlobalId if it starts with one; a string or a comment to step over; a reference; an end.
_TOKEN = re.compile(rb"#(\d+)\s*=\s*(\w+)\s*\((?:\s*'([0-9A-Za-z_$]{22})')?|'[^']*'|/\*.*?\*/|#(\d+)|;", re.DOTALL)


@dataclass(frozen=True)
class Ground:
    """An absolute axis placement: it moves with the copy."""

    location: tuple[float, ...]
    directions: tuple[int | None, int | None]


@dataclass(frozen=True)
class Facts:
    """What the source means, as far as copying it asks."""

    ranks: Mapping[int, int]
    """Position of each instance number among all of them, so that copies are numbered without gaps."""
    shared: frozenset[int]
    """Instances that exist once: the project and all that belongs to it."""
    dropped: frozenset[int]
    """Relationships that would only repeat what is said about shared instances."""
    standing: Mapping[int, int]
    """Absolute local placements and the axis placement of each."""
    grounds: Mapping[int, Ground]
    """Those axis placements."""
    rooted: frozenset[bytes]
    """Upper-case names of the classes that start with a GlobalId."""
    metre: float
    """One metre in the unit of the file."""

    @property
    def first_free(self) -> int:
        """The number of the first instance of the first copy."""
        return max(self.ranks) + 1

    @property
    def stride(self) -> int:
        """How many numbers a copy takes: its instances, then an axis placement and a point for each ground."""
        return len(self.ranks) + 2 * len(self.grounds)


@dataclass
class Chunk:
    """Some records as a printf template, with the ranks and GlobalIds to fill in, in order."""

    parts: list[bytes] = field(default_factory=list)
    ranks: "array[int]" = field(default_factory=lambda: array("q"))
    guids: list[tuple[int, bytes]] = field(default_factory=list)
    template: bytes = b""

    def add_text(self, text: bytes) -> None:
        """Take text as it is."""
        self.parts.append(text.replace(b"%", b"%%"))

    def add_number(self, rank: int) -> None:
        """Leave a place for an instance number."""
        self.parts.append(b"#%d")
        self.ranks.append(rank)

    def add_guid(self, guid: bytes) -> None:
        """Leave a place for a fresh GlobalId."""
        self.parts.append(b"%b")
        self.guids.append((len(self.ranks), guid))
        self.ranks.append(0)

    def close(self) -> "Chunk":
        """Join the parts; nothing can be added any more."""
        self.template = b"".join(self.parts)
        self.parts = []
        return self

    def fill(self, first: int, copy: int) -> bytes:
        """Return the text of one copy whose instances are numbered from `first`."""
        values: list[int | bytes] = [first + rank for rank in self.ranks]
        for place, guid in self.guids:
            values[place] = fresh_guid(guid, copy)
        return self.template % tuple(values)


def fresh_guid(guid: bytes, copy: int) -> bytes:
    """Derive the GlobalId of a copy: the same at every run, and repeated only where the source repeats it."""
    derived = uuid.uuid5(_NAMESPACE, f"{guid.decode()} {copy}")
    return str(ifcopenshell.guid.compress(derived.hex)).encode()


def chunks_of(text: bytes, facts: Facts) -> Iterator[Chunk]:
    """Turn the records of the DATA section into templates, without the shared and the dropped ones."""
    ground_ranks = {axis: len(facts.ranks) + 2 * order for order, axis in enumerate(facts.grounds)}
    left_out = facts.shared | facts.dropped
    chunk, taken, done, record, skipping = Chunk(), 0, 0, 0, False
    for token in _TOKEN.finditer(text):
        definition, name, guid, reference = token.groups()
        if definition:
            chunk.add_text(text[done : token.start()])
            done = token.start()
            record = int(definition)
            skipping = record in left_out
            if not skipping:
                chunk.add_number(facts.ranks[record])
                done = token.end(1)
                if guid and name.upper() in facts.rooted:
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
            if number in facts.shared and number != facts.standing.get(record):
                continue
            chunk.add_text(text[done : token.start()])
            moves = number == facts.standing.get(record)
            chunk.add_number(ground_ranks[number] if moves else facts.ranks[number])
            done = token.end()
    yield chunk.close()


def grounds_of(facts: Facts, first: int, copy: int) -> bytes:
    """Return the absolute placements of a copy, moved to its place on the grid."""
    step = GRID_METRES * facts.metre
    offset = (copy % COLUMNS * step, copy // COLUMNS * step, 0.0)
    lines = []
    for order, ground in enumerate(facts.grounds.values()):
        axis = first + len(facts.ranks) + 2 * order
        point = ",".join(f"{value + shift:.9f}" for value, shift in zip(ground.location, offset, strict=True))
        directions = ",".join(_reference(number, facts, first) for number in ground.directions)
        lines.append(
            f"#{axis + 1}=IFCCARTESIANPOINT(({point}));\n#{axis}=IFCAXIS2PLACEMENT3D(#{axis + 1},{directions});\n"
        )
    return "".join(lines).encode()


def _reference(number: int | None, facts: Facts, first: int) -> str:
    if number is None:
        return "$"
    return f"#{number if number in facts.shared else first + facts.ranks[number]}"
