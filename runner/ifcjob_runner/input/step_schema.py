"""The schemas that the engine reads, and advice for each of the others.

The IfcOpenShell wheel contains IFC2X3, IFC4 and IFC4X3_ADD2 and compares the header's identifier exactly, except for
case: `IFC4X3` in a file is an error, although the Python API accepts it as an alias.
"""

import re

from ifcjob.failures import FailureReason, RunFailure

SUPPORTED = ("IFC2X3", "IFC4", "IFC4X3_ADD2")
_CURRENT = "Export again as IFC4X3_ADD2, the published IFC 4.3, with a current release."
_NOT_IFC = "Export IFC from the building model instead."
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


def engine_schema(written: list[str], name: str) -> str:
    """Return the engine's name of the header's schema, or raise UnsupportedSchema with advice."""
    if len(written) == 1 and written[0].upper() in SUPPORTED:
        return written[0].upper()
    if len(written) > 1:
        message = (
            f"{name} has {len(written)} schemas in its header: {', '.join(written)[:200]}; exactly one is allowed."
        )
        raise RunFailure(FailureReason.UNSUPPORTED_SCHEMA, message)
    description, hint = advice(written[0])
    message = f"{name} has the schema {written[0][:100]!r}: {description}."
    raise RunFailure(FailureReason.UNSUPPORTED_SCHEMA, message, hint=hint)


def advice(written: str) -> tuple[str, str]:
    """Describe an unsupported schema identifier, and the remedy."""
    # Some exporters append an object identifier or a blank, which the engine does not accept either.
    plain = written.strip().upper().partition(" ")[0]
    if plain in SUPPORTED:
        return f"{plain} followed by stray text", f"Write FILE_SCHEMA(('{plain}')); in the file's header."
    return next((description, hint) for pattern, description, hint in _ADVICE if re.fullmatch(pattern, plain))
