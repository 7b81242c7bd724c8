"""Write a copy of a STEP file that the engines read, and report every difference as a finding.

A shape or placement that depends on something unreadable is made unbuildable, so that it is listed as skipped: the
engines would otherwise take what is left of it, such as a point with two coordinates or a placement at the origin.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from ifcjob_runner.input.repair.classes import classes_of
from ifcjob_runner.input.repair.numbers import Numbers
from ifcjob_runner.input.repair.statements import TEXT_OR_COMMENT, Splitter, Statement, arguments_of
from ifcjob_runner.input.repair.survey import HEAD, NUMBER, REFERENCE, Loss, Survey, Surveyor, is_structure
from ifcjob_runner.input.repair.texts import Texts

_TEXT_OR_REFERENCE = re.compile(rb"'(?:[^']|'')*+'|/\*.*?\*/|#(\d{10,})", re.DOTALL)
_PLACEMENTS = frozenset(
    {
        *("IFCLOCALPLACEMENT", "IFCGRIDPLACEMENT", "IFCLINEARPLACEMENT"),
        *("IFCLINEARPLACEMENTWITHINCLINATION", "IFCLINEARSPANPLACEMENT"),
    }
)
_REPRESENTATIONS = frozenset({"IFCSHAPEREPRESENTATION", "IFCTOPOLOGYREPRESENTATION", "IFCREPRESENTATION"})
_PLACEMENT_ATTRIBUTE, _SHAPE_ATTRIBUTE = 5, 6
_LARGEST_KEPT = 2**63 - 1
"""The largest number that a Parquet table keeps."""
_PROOF = 6
"""Numbers of the statements that stand for what is lost."""


@dataclass(frozen=True)
class Plan:
    """The corrections of one file."""

    schema: str
    header: bytes
    """The header to write."""
    header_end: int
    page: str | None = None
    """Code page of the text; None when all is ASCII."""
    is_draft: bool = False
    """Whether classes must be compared with the engine's schema."""
    is_damaged: bool = False
    """Whether bytes outside texts, comments or brackets are wrong."""
    has_odd_escapes: bool = False
    """Whether escapes in texts must be looked at."""
    is_broken: bool = False
    """Whether a bracket, quote, semicolon or equals sign may be missing."""
    in_blocks: bool = False
    """Whether statements in ASCII need no look."""
    strict: bool = False
    """Whether the kind of every attribute is compared with the schema."""

    @property
    def needs_survey(self) -> bool:
        """Whether the statements must be looked at before they are written."""
        return self.is_draft or self.is_damaged or self.strict


@dataclass
class Rewritten:
    """The result."""

    survey: Survey = field(default_factory=Survey)
    unclosed_comments: list[int] = field(default_factory=list)
    original_ids: list[int] = field(default_factory=list)
    """The original numbers of the renumbered instances, in the order of their new ones."""
    first_new_id: int = 0
    texts: Texts = field(default_factory=Texts)
    numbers: Numbers = field(default_factory=Numbers)
    spoiled: int = 0
    """Shapes and placements that were made unbuildable."""


class Rewriter:
    """Rewrites one file."""

    def __init__(self, source: Path, plan: Plan) -> None:
        self._source, self._plan = source, plan
        self._classes = classes_of(plan.schema)
        self._texts = Texts(plan.page or "utf-8")
        self._result = Rewritten(texts=self._texts)
        self._in_blocks = plan.in_blocks
        self._losses: dict[int, Loss] = {}
        self._unsure: set[int] = set()
        self._new_ids: dict[int, int] = {}
        self._proof = self._quote_escapes = 0

    def survey(self) -> Rewritten:
        """Look at all statements without writing anything."""
        if self._plan.needs_survey:
            self._survey_once()
            if self._in_blocks and (self._result.survey.losses or self._result.unclosed_comments):
                self._in_blocks = False
                self._survey_once()
            lost = [*self._result.survey.losses, *self._result.survey.dropped_lines]
            self._losses = {loss.number: loss for loss in lost if loss.number}
            self._unsure = {number for number, loss in self._losses.items() if loss.values is None}
            if self._unsure:
                self._follow_losses()
        return self._result

    def _survey_once(self) -> None:
        self._result.unclosed_comments.clear()
        plan = self._plan
        surveyor = Surveyor(plan.schema, is_draft=plan.is_draft, is_broken=plan.is_broken, strict=plan.strict)
        self._result.survey = surveyor.add_all(self._statements(self._result.unclosed_comments))

    def write(self, target: Path) -> Rewritten:
        """Write the copy, and return what was changed."""
        survey = self._result.survey
        self._renumber(survey)
        with target.open("wb") as out:
            header = self._texts.in_ascii(self._plan.header, 1)
            out.write(self._texts.with_plain_escapes(header, 1) if self._plan.has_odd_escapes else header)
            if not self._plan.needs_survey and self._plan.page is None:
                self._copy(out)
                return self._result
            is_written = False
            for count, statement in enumerate(self._statements([]), 1):
                if count in survey.repeated:
                    out.write(_line_ends(statement.text))
                    continue
                if self._losses and not is_written and HEAD.match(statement.text):
                    out.write(self._proof_statements())
                    is_written = True
                out.write(self._rewritten(statement))
        self._texts.quotes = self._quote_escapes
        return self._result

    def _copy(self, out: BinaryIO) -> None:
        """Copy all bytes after the header."""
        with self._source.open("rb") as source:
            source.seek(self._plan.header_end)
            while chunk := source.read(1024**2):
                out.write(chunk)

    def _statements(self, unclosed: list[int]) -> Iterator[Statement]:
        with self._source.open("rb") as source:
            line = 1 + _line_ends(source.read(self._plan.header_end)).count(b"\n")
            is_plain = not self._plan.has_odd_escapes
            splitter = Splitter(source, line, in_blocks=self._in_blocks, escapes_are_plain=is_plain)
            yield from map(self._with_step_numbers, splitter) if self._plan.strict else splitter
            unclosed.extend(splitter.unclosed_comments)
            self._quote_escapes = splitter.escapes

    def _with_step_numbers(self, statement: Statement) -> Statement:
        return statement._replace(text=self._result.numbers.in_step(statement.text, statement.line))

    def _renumber(self, survey: Survey) -> None:
        self._proof = survey.largest + 1
        large = sorted(survey.large)
        self._result.first_new_id = first = survey.largest + 1 + (_PROOF if self._losses else 0)
        self._result.original_ids = [n if n <= _LARGEST_KEPT else first + i for i, n in enumerate(large)]
        self._new_ids = {number: first + index for index, number in enumerate(large)}

    def _follow_losses(self) -> None:
        """Add everything that is built from something lost, up to the placements and representations."""
        known = 0
        while known != len(self._unsure):
            known = len(self._unsure)
            for statement in self._statements([]):
                head = HEAD.match(statement.text)
                if head is None or int(head[1]) in self._unsure:
                    continue
                ifc_class = head[2].decode("latin-1").upper()
                signature = self._classes.get(ifc_class)
                stops = signature is not None and signature.is_rooted
                if stops or ifc_class in _PLACEMENTS or ifc_class in _REPRESENTATIONS:
                    continue
                if ifc_class != "IFCPRODUCTDEFINITIONSHAPE" and self._refers_to_loss(statement.text[head.end() :]):
                    self._unsure.add(int(head[1]))

    def _refers_to_loss(self, text: bytes) -> bool:
        return not self._unsure.isdisjoint(map(int, REFERENCE.findall(TEXT_OR_COMMENT.sub(b"", text))))

    def _proof_statements(self) -> bytes:
        """Return a placement without a place, and a shape that refers to nothing."""
        n = self._new(self._proof)
        context = self._new(self._result.survey.context)
        return (
            f"#{n}=IFCCARTESIANPOINT($);#{n + 1}=IFCAXIS2PLACEMENT3D(#{n},$,$);"
            f"#{n + 2}=IFCLOCALPLACEMENT($,#{n + 1});#{n + 3}=IFCCSGSOLID(#{n + 5});"
            f"#{n + 4}=IFCSHAPEREPRESENTATION(#{context},'Body','CSG',(#{n + 3}));"
        ).encode()

    def _rewritten(self, statement: Statement) -> bytes:
        text = statement.text
        if statement.is_block:
            return text
        head = HEAD.match(text)
        if head is None:
            if self._plan.needs_survey and not is_structure(text):
                number = NUMBER.match(text)
                loss = self._losses.get(int(number[1])) if number else None
                return (self._in_place_of(loss) if loss else b"") + _line_ends(text)
            return text if text.isascii() else self._texts.in_ascii(text, statement.line)
        if self._plan.needs_survey:
            text = self._without_losses(text, head)
        if not text.isascii() or b"\0" in text:
            text = self._texts.in_ascii(text, statement.line)
        if self._plan.has_odd_escapes and b"\\" in text:
            text = self._texts.with_plain_escapes(text, statement.line)
        if self._new_ids and b"#" in text:
            text = _TEXT_OR_REFERENCE.sub(self._renumbered, text)
        return text

    def _without_losses(self, text: bytes, head: re.Match[bytes]) -> bytes:
        number, ifc_class = int(head[1]), head[2].decode("latin-1").upper()
        survey = self._result.survey
        if survey.styles or survey.targets or survey.dropped:
            text, ifc_class = self._from_draft(text, head, number, ifc_class)
        loss = self._losses.get(number)
        if loss is not None and loss.values is None:
            return self._in_place_of(loss) + _line_ends(text)
        if loss is not None and loss.values:
            return self._with_values(text, head, loss.values, len(self._classes[ifc_class].kinds))
        if self._unsure and (ifc_class in _PLACEMENTS or ifc_class in _REPRESENTATIONS):
            return self._spoiled(text, head, ifc_class)
        return text

    def _spoiled(self, text: bytes, head: re.Match[bytes], ifc_class: str) -> bytes:
        """Return a placement or representation, unbuildable when it depends on something lost."""
        arguments = arguments_of(text[head.end() :])
        number, lost = int(head[1]), self._proof
        if ifc_class in _PLACEMENTS and self._refers_to_loss(text[head.end() :]):
            self._result.spoiled += 1
            return f"#{number}=IFCLOCALPLACEMENT($,#{lost + 1});".encode() + _line_ends(text)
        if ifc_class in _REPRESENTATIONS and arguments and self._refers_to_loss(arguments[-1].text):
            self._result.spoiled += 1
            values = [*(a.text for a in arguments[:-1]), f"(#{lost + 3})".encode()]
            return f"#{number}={ifc_class}(".encode() + b",".join(values) + b");" + _line_ends(text)
        return text

    def _in_place_of(self, loss: Loss) -> bytes:
        """Return what stands for a lost statement, so that no element is drawn without it."""
        if loss.ifc_class in _PLACEMENTS:
            return f"#{loss.number}=IFCLOCALPLACEMENT($,#{self._proof + 1});".encode()
        if loss.ifc_class in _REPRESENTATIONS:
            context = self._result.survey.context
            return f"#{loss.number}=IFCSHAPEREPRESENTATION(#{context},'Body','CSG',(#{self._proof + 3}));".encode()
        if loss.ifc_class == "IFCPRODUCTDEFINITIONSHAPE":
            return f"#{loss.number}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{self._proof + 4}));".encode()
        return b""

    def _with_values(self, text: bytes, head: re.Match[bytes], lost: tuple[int, ...], count: int) -> bytes:
        """Return a statement with `$` for the lost values."""
        values = [a.text for a in arguments_of(text[head.end() :]) or []]
        values = [*values, *([b"$"] * (count - len(values)))][:count]
        for index in lost:
            if index < count:
                values[index] = b"$"
        # Of the classes with a GlobalId, only products have a text before these two references.
        kinds = self._classes[head[2].decode("latin-1").upper()].kinds
        if kinds[_PLACEMENT_ATTRIBUTE - 1 : _SHAPE_ATTRIBUTE + 1] == ("S", "R", "R") and _PLACEMENT_ATTRIBUTE in lost:
            values[_PLACEMENT_ATTRIBUTE] = f"#{self._proof + 2}".encode()
        return text[: head.end()] + b"(" + b",".join(values) + b");" + _line_ends(text[head.end() :])

    def _from_draft(self, text: bytes, head: re.Match[bytes], number: int, ifc_class: str) -> tuple[bytes, str]:
        survey = self._result.survey
        if number in survey.styles:
            return _line_ends(text), ifc_class
        if survey.styles and ifc_class == "IFCSTYLEDITEM":
            return REFERENCE.sub(lambda m: survey.styles.get(int(m[1]), m[0]), text), ifc_class
        if (target := survey.targets.get(number)) is None:
            return text, ifc_class
        values = [a.text for a in arguments_of(text[head.end() :]) or []]
        mapped = b",".join(_value(values, index) for index in target[1])
        start = f"#{number}={target[0]}(".encode()
        return _line_ends(text[: head.end()]) + start + mapped + b");" + _line_ends(text[head.end() :]), target[0]

    def _renumbered(self, match: re.Match[bytes]) -> bytes:
        return match[0] if match[1] is None else b"#%d" % self._new(int(match[1]))

    def _new(self, number: int) -> int:
        return self._new_ids.get(number, number)


def _value(values: list[bytes], index: int | bytes | None) -> bytes:
    return values[index] if isinstance(index, int) else index or b"$"


def _line_ends(text: bytes) -> bytes:
    """Return only the line ends of `text`, so that the copy has the same line numbers."""
    return b"\n" * (text.count(b"\n") or text.count(b"\r"))
