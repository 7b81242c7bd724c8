"""The schemas that the engine reads, the names that mean one of them, and advice for each of the others.

The IfcOpenShell wheel contains IFC2X3, IFC4 and IFC4X3_ADD2 and compares the header's identifier exactly, except for
case: `IFC4X3` in a file is an error, although the Python API accepts it as an alias.
"""

import re
from typing import NamedTuple

from ifcjob.failures import FailureReason, RunFailure

SUPPORTED = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
_CURRENT = "Export again as IFC4X3_ADD2, the published IFC 4.3, with a current release."
_NOT_IFC = "Export IFC from the building model instead."
_ALIASES: list[tuple[str, str, bool]] = [
    (r"IFC2X3_(TC1|FINAL|TC1_FINAL|FINAL_TC1)", "IFC2X3", True),
    (r"IFC4_(TC1|ADD2(_TC\d)?)", "IFC4", True),
    (r"IFC4X3_ADD2_TC\d", "IFC4X3_ADD2", True),
    (r"IFC4X3(_ADD1|_TC1)?|IFC4X3_RC\d|IFC4X[12](_\w+)?", "IFC4X3_ADD2", False),
    (r"IFC4_ADD1|IFC4_?RC\d|IFC2X4(_\w+)?", "IFC4", False),
    (r"IFC2X2?(_(FINAL|ADD1|ADDENDUM|PLATFORM))?|IFC2X3_RC\d", "IFC2X3", False),
]
"""Name in the header, the nearest schema, and whether both have the same classes."""
_EDITION = re.compile(r"IFC4X3(_ADD1|_TC1)?|IFC4_ADD1")
"""Published editions: their classes have the attributes of the engine's schema, but some may be missing there."""
_ADVICE: list[tuple[str, str, str]] = [
    (r"IFC4X3_RC\d", "a release candidate of IFC 4.3", _CURRENT),
    (r"IFC4X3(_ADD1|_TC1)?", "a superseded edition of IFC 4.3", _CURRENT),
    (
        r"IFC4X[12].*",
        "a withdrawn draft on the way to IFC 4.3",
        "Export again as IFC4X3_ADD2, or as IFC4 for buildings.",
    ),
    (r"IFC4_.*|IFC4RC.*|IFC2X4.*", "a variant of IFC4 that is not published under this name", "Export again as IFC4."),
    (r"IFC2X3_.*", "a variant of IFC2X3 that is not published under this name", "Export again as IFC2X3."),
    (r"IFC2X2?(_.*)?|IFC20.*|IFC2\.0.*|IFC1.*", "older than IFC2X3", "Open it in a current program and export IFC4."),
    (r"IFC4X4.*|IFC5.*", "a draft that is not published yet", "Export again as IFC4X3_ADD2 or IFC4."),
    (r"IFC.*", "not a published IFC schema", "Export again as IFC2X3, IFC4 or IFC4X3_ADD2."),
    (r"AUTOMOTIVE_DESIGN.*", "STEP AP214: mechanical CAD, not a building", _NOT_IFC),
    (r"CONFIG_CONTROL(LED)?_(3D_)?DESIGN.*", "STEP AP203: mechanical CAD, not a building", _NOT_IFC),
    (r"AP242_.*", "STEP AP242: mechanical CAD, not a building", _NOT_IFC),
    (r"STRUCTURAL_FRAME_SCHEMA.*", "CIS/2 steel detailing, not IFC", "Export IFC from the steel program instead."),
    (r".*", "STEP data of another field, not IFC", _NOT_IFC),
]


class SchemaChoice(NamedTuple):
    """The schema that a file is read as."""

    engine: str
    """IFC2X3, IFC4 or IFC4X3_ADD2."""
    written: str
    """The name in the header."""
    is_exact: bool
    """Whether the engine reads the name as it is written."""
    is_same: bool
    """Whether the name means exactly the classes of the engine's schema."""

    @property
    def is_edition(self) -> bool:
        """Whether only the names of the classes need a comparison with the engine's schema."""
        return _EDITION.fullmatch(_plain(self.written)) is not None


def choose_schema(written: list[str], name: str, *, strict: bool = False) -> SchemaChoice:
    """Return the schema to read the file as, or raise UnsupportedSchema with advice."""
    if len(written) == 1 and written[0].upper() in SUPPORTED:
        return SchemaChoice(written[0].upper(), written[0], is_exact=True, is_same=True)
    if len(written) > 1:
        message = (
            f"{name} has {len(written)} schemas in its header: {', '.join(written)[:200]}; exactly one is allowed."
        )
        raise RunFailure(FailureReason.UNSUPPORTED_SCHEMA, message)
    plain = _plain(written[0])
    if not strict:
        if plain in SUPPORTED:
            return SchemaChoice(plain, written[0], is_exact=False, is_same=True)
        for pattern, engine, is_same in _ALIASES:
            if re.fullmatch(pattern, plain):
                return SchemaChoice(engine, written[0], is_exact=False, is_same=is_same)
    raise unsupported(written[0], name)


def unsupported(written: str, name: str, details: str = "") -> RunFailure:
    """Return the failure of a file with this schema."""
    description, hint = advice(written)
    message = f"{name} has the schema {written[:100]!r}: {description}{details}."
    return RunFailure(FailureReason.UNSUPPORTED_SCHEMA, message, hint=hint)


def advice(written: str) -> tuple[str, str]:
    """Describe an unsupported schema identifier, and the remedy."""
    plain = _plain(written)
    if plain in SUPPORTED:
        return f"{plain} followed by stray text", f"Write FILE_SCHEMA(('{plain}')); in the file's header."
    return next(
        (description, hint) for pattern, description, hint in _ADVICE if re.fullmatch(pattern, plain, re.DOTALL)
    )


def _plain(written: str) -> str:
    # Some exporters append an object identifier or a blank, which the engine does not accept.
    return written.strip().upper().partition(" ")[0]
