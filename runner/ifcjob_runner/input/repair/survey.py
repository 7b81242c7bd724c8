"""A pass over all statements that finds what must be rewritten: large numbers, drafts' classes, unreadable lines."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from ifcjob_runner.input.repair.classes import DROPPED, Signature, Target, classes_of, target_of
from ifcjob_runner.input.repair.statements import TEXT_OR_COMMENT, Argument, Statement, arguments_of

LARGE = 10**9
LARGEST = 2**31 - 100
"""The engines read numbers up to 2147483647; some above the file's are for statements that are added."""
_GAP = rb"(?:\s|/\*.*?\*/)*+"
HEAD = re.compile(rb"(?:\s|\x00|/\*.*?\*/)*+#(\d+)%s=%s(\w+)%s(?=\()" % (_GAP, _GAP, _GAP), re.DOTALL)
_STRUCTURE = re.compile(
    rb"(?:\s|\x00|/\*.*?\*/)*+(?:(?:DATA\s*(?:\(.*\))?|ENDSEC|END-ISO-10303-21)\s*;|\Z)", re.IGNORECASE | re.DOTALL
)
NUMBER = re.compile(rb"(?:\s|\x00|/\*.*?\*/)*+#?(\d+)", re.DOTALL)
_NAME = re.compile(rb"(IFC[^(),'#]*)\(", re.IGNORECASE)
_LIST = rb"\((?:[^()']|'(?:[^']|'')*+'|%s)*+\)"
_BRACKETS = re.compile(rb"[^'(]*+" + _LIST % (_LIST % (_LIST % (_LIST % (_LIST % rb"(?!)")))) + rb"\s*;\s*", re.DOTALL)
"""A statement with brackets that match, up to a depth that IFC needs."""
REFERENCE = re.compile(rb"#(\d+)")
GLOBAL_ID = re.compile(rb"\(\s*'([0-3][0-9A-Za-z_$]{21})'")
_REPLACEABLE = re.compile(
    r"IFC(PROPERTY|QUANTITY|PERSON|ORGANIZATION|APPLICATION|OWNERHISTORY|POSTALADDRESS|TELECOM|MATERIAL|CLASSIFICATION"
    r"|DOCUMENT|LIBRARY|EXTERNAL|ACTORROLE|PRESENTATIONLAYER|SURFACESTYLE|COLOUR|STYLEDITEM|MONETARY|TABLE|APPROVAL)"
)
"""Classes that hold data, not geometry: a lost value costs only itself."""


_DIMENSIONS = {
    "IFCCARTESIANPOINT": 3,
    "IFCDIRECTION": 3,
    "IFCCARTESIANPOINTLIST2D": 2,
    "IFCCARTESIANPOINTLIST3D": 3,
}


@dataclass
class Loss:
    """A statement, or some of its values, that cannot be read."""

    line: int
    number: int
    ifc_class: str
    problem: str
    global_id: str | None = None
    values: tuple[int, ...] | None = None
    """The attributes that are lost; None: all of it."""


@dataclass
class Survey:
    """The result of the pass."""

    losses: list[Loss] = field(default_factory=list)
    repeated: set[int] = field(default_factory=set)
    """Which statements, counted from one, have the number of an earlier one."""
    large: set[int] = field(default_factory=set)
    """Numbers of ten digits or more; all of them are replaced when one is too large for the engines."""
    largest: int = 0
    """The largest of the numbers that are kept."""
    context: int = 0
    """The first geometric context."""
    mapped: Counter[str] = field(default_factory=Counter)
    """Mapped classes of a draft."""
    dropped: Counter[str] = field(default_factory=Counter)
    dropped_lines: list[Loss] = field(default_factory=list)
    """The statements of dropped classes."""
    dropped_values: Counter[str] = field(default_factory=Counter)
    """Attributes of mapped classes that have a value and no counterpart."""
    unknown: Counter[str] = field(default_factory=Counter)
    """Classes of a draft that have no counterpart."""
    targets: dict[int, Target] = field(default_factory=dict)
    styles: dict[int, bytes] = field(default_factory=dict)
    """The styles in each IfcPresentationStyleAssignment, which IFC 4.3 lacks."""


class Surveyor:
    """Looks at each statement."""

    def __init__(self, schema: str, *, is_draft: bool, is_broken: bool, strict: bool) -> None:
        self._schema, self._is_draft, self._is_broken, self._strict = schema, is_draft, is_broken, strict
        self._classes = classes_of(schema)
        self._lines: dict[int, int] = {}
        self._statements = 0
        self.survey = Survey()

    def add_all(self, statements: Iterable[Statement]) -> Survey:
        """Look at all statements."""
        for statement in statements:
            self._statements += 1
            if not statement.is_block:
                self._add(statement)
        if self.survey.large and max(self.survey.large) <= LARGEST:
            self.survey.largest = max(self.survey.large)
            self.survey.large.clear()
        return self.survey

    def _add(self, statement: Statement) -> None:
        head = HEAD.match(statement.text)
        if head is None:
            if not is_structure(statement.text):
                self.survey.losses.append(self._unreadable(statement))
            return
        number, ifc_class = int(head[1]), head[2].decode("latin-1").upper()
        self._add_numbers(statement.text, number)
        if not self.survey.context and ifc_class == "IFCGEOMETRICREPRESENTATIONCONTEXT":
            self.survey.context = number
        loss = Loss(statement.line, number, ifc_class, statement.problem, _global_id(statement.text))
        if self._strict and self._is_repeated(loss):
            return
        is_readable = is_plain(statement.text) and not statement.problem
        if is_readable and not (
            self._is_draft or self._strict or (self._is_broken and not has_brackets(statement.text))
        ):
            return
        arguments = None if statement.problem else arguments_of(statement.text[head.end() :])
        if arguments is None:
            loss.problem = loss.problem or "its brackets do not match"
            self.survey.losses.append(loss)
        elif not self._is_draft or not self._add_draft(loss, arguments):
            self._check(loss, arguments)

    def _is_repeated(self, loss: Loss) -> bool:
        """Record a statement that has the number of an earlier one: only that is read."""
        if loss.number not in self._lines:
            self._lines[loss.number] = loss.line
            return False
        problem = f"line {self._lines[loss.number]} has the same number"
        self.survey.losses.append(replace(loss, number=0, problem=problem))
        self.survey.repeated.add(self._statements)
        return True

    def _unreadable(self, statement: Statement) -> Loss:
        """Return the loss of a statement that has no number or no class; what can be told of them stays certain."""
        text = statement.text
        number, name = NUMBER.match(text), _NAME.search(text)
        ifc_class = re.sub(r"\W", "", name[1].decode("ascii", "ignore")).upper() if name else ""
        if ifc_class not in self._classes:
            ifc_class = next(iter(get_close_matches(ifc_class, self._classes, 1, 0.85)), "")
        problem = statement.problem or "it does not begin with a number and a class"
        return Loss(statement.line, int(number[1]) if number else 0, ifc_class, problem, _global_id(text))

    def _add_numbers(self, text: bytes, number: int) -> None:
        if number < LARGE:
            self.survey.largest = max(self.survey.largest, number)
        if re.search(rb"#\d{10}", text):
            numbers = map(int, REFERENCE.findall(TEXT_OR_COMMENT.sub(b"", text)))
            self.survey.large.update(n for n in numbers if n >= LARGE)

    def _add_draft(self, loss: Loss, arguments: list[Argument]) -> bool:
        """Record a class that the engine's schema has not, or has with other attributes; return whether it is one."""
        number, ifc_class = loss.number, loss.ifc_class
        signature = self._classes.get(ifc_class)
        if signature is not None and len(signature.kinds) == len(arguments) and not signature.is_abstract:
            return False
        if ifc_class == "IFCPRESENTATIONSTYLEASSIGNMENT" and len(arguments) == 1:
            self.survey.styles[number] = arguments[0].text.strip()[1:-1]
            self.survey.mapped[ifc_class] += 1
        elif target := target_of(self._schema, ifc_class, [a.text for a in arguments]):
            self.survey.targets[number] = target
            self.survey.mapped[ifc_class] += 1
            lost = {index for index, argument in enumerate(arguments) if argument.kind != "$"}.difference(target[1])
            self.survey.dropped_values.update(f"attribute {index + 1} of {ifc_class}" for index in sorted(lost))
        elif self._is_dropped(ifc_class, signature):
            self.survey.dropped[ifc_class] += 1
            self.survey.dropped_lines.append(loss)
        else:
            self.survey.unknown[ifc_class] += 1
        return True

    def _is_dropped(self, ifc_class: str, signature: Signature | None) -> bool:
        """Return whether statements are left out that carry no product: elements that need them are skipped."""
        has_other_attributes = signature is not None and not signature.is_rooted and not signature.is_abstract
        is_known = ifc_class in DROPPED[self._schema] or ifc_class.startswith("IFCALIGNMENT2D")
        return is_known or has_other_attributes

    def _check(self, loss: Loss, arguments: list[Argument]) -> None:
        signature = self._classes.get(loss.ifc_class)
        if signature is None or signature.is_abstract:
            if self._strict:
                loss.problem = "the schema has no such class"
                self.survey.losses.append(loss)
            return
        bad = tuple(i for i, a in enumerate(arguments) if not self._fits(a, i, signature))
        replaceable = signature.is_rooted or _REPLACEABLE.match(loss.ifc_class) is not None
        if self._strict and len(arguments) != len(signature.kinds):
            loss.problem = f"{len(arguments)} attributes instead of {len(signature.kinds)}"
            if len(arguments) > len(signature.kinds):  # a decimal comma moves what follows it
                loss.problem += "; a number may have a decimal comma"
                first = next((i for i, argument in enumerate(arguments) if argument.kind == "N"), len(arguments))
                bad = tuple(sorted({*bad, *range(first, len(arguments))}))
            else:
                replaceable = replaceable or not bad
                bad = (*bad, *range(len(arguments), len(signature.kinds)))
        elif self._strict and (count := coordinates_too_many(loss.ifc_class, arguments)):
            loss.problem, bad = f"a point has {count} coordinates; a number may have a decimal comma", (0,)
        if bad or loss.problem:
            loss.problem = loss.problem or f"attribute {bad[0] + 1} cannot be read"
            loss.values = bad if replaceable and not (signature.is_rooted and 0 in bad) else None
            self.survey.losses.append(loss)

    def _fits(self, argument: Argument, index: int, signature: Signature) -> bool:
        if argument.kind == "!" or b"\0" in TEXT_OR_COMMENT.sub(b"", argument.text):
            return False
        if not self._strict or argument.kind == "$" or index >= len(signature.kinds):
            return index < len(signature.kinds) or not self._strict
        expected = signature.kinds[index]
        if expected.endswith("?"):
            return True
        return argument.kind == expected or (
            argument.kind.startswith("[") and not argument.kind.strip("[$") and expected.startswith("[")
        )


def coordinates_too_many(ifc_class: str, arguments: list[Argument]) -> int:
    """Return the number of coordinates of a point or list of points that has too many for its class, else 0."""
    if (dimensions := _DIMENSIONS.get(ifc_class)) is None or not arguments:
        return 0
    text = arguments[0].text
    count = text.count(b",") + 1
    return count if count > dimensions * max(1, text.count(b"(") - 1) else 0


def is_structure(text: bytes) -> bool:
    """Return whether a statement is DATA, ENDSEC, the file's end or only a comment."""
    return _STRUCTURE.fullmatch(text) is not None


def has_brackets(text: bytes) -> bool:
    """Return whether a statement's brackets certainly match."""
    return _BRACKETS.fullmatch(text) is not None


def is_plain(text: bytes) -> bool:
    """Return whether a statement has only ASCII characters."""
    return text.isascii() and b"\0" not in text


def _global_id(text: bytes) -> str | None:
    match = GLOBAL_ID.search(text)
    return match[1].decode() if match else None
