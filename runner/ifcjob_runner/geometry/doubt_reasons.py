"""Reasons for an element in the GLB that is not proved, as `coverage.doubtful` in the manifest gives them."""

from collections.abc import Iterable

OPEN_SURFACE = "OpenSurface"
"""Openings or a boolean operation left a solid with an open surface, or an advanced brep has one."""
COLOUR_UNKNOWN = "ColourUnknown"
"""The engine died at a line that may give its colour, or a colour map has no colour for some faces."""
NOT_SUBTRACTED = "NotSubtracted"
"""No engine could subtract an opening or an operand; the reason continues with the operand."""
SWEEP_ZERO_TO_ONE = "SweepZeroToOne"
"""A sweep from parameter 0 to 1 of a longer directrix is read as the whole of it, as programs mean it."""
SWEEP_BEYOND_END = "SweepBeyondEnd"
"""The parameters of a sweep do not lie on its directrix; the whole of it is swept."""
ANGLES_IN_DEGREES = "AnglesInDegrees"
"""Angles of more than one turn in the file's unit are read as degrees."""
SLOPED_FLANGE = "SlopedFlange"
"""IFC does not say where the thickness of a sloped flange is measured; it is drawn as measured in its middle."""
FILLET_TOO_LARGE = "FilletTooLarge"
"""The fillets of a profile are longer than its sides; it is drawn without them."""
MISSING_ITEM = "MissingItem"
"""No engine could mesh one of the body's items; the others are drawn."""
UNPROVED_ENGINE = "UnprovedEngine"
"""Only an engine that is not trusted with the body's class could mesh it."""
SINGLE_PRECISION = "SinglePrecision"
"""The body's vertices are so far from its origin that single precision distorts it, and OpenCASCADE has no mesh."""
VOLUME_OUT_OF_RANGE = "VolumeOutOfRange"
"""No engine's mesh has the volume of its profile times its depth, or stays within the box of its points."""
MISSING_REFERENCE = "MissingReference"
"""The shape or placement refers to an instance that the file lacks."""
SEPARATOR = "; "


def joined(reasons: Iterable[str]) -> str:
    """Return several reasons as one text, each once, in their order; empty without a doubt."""
    return SEPARATOR.join(dict.fromkeys(reason for reason in reasons if reason))
