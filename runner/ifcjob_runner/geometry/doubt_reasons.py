"""Reasons for an element in the GLB that is not proved, as `coverage.doubtful` in the manifest gives them."""

from collections.abc import Iterable

OPEN_SURFACE = "OpenSurface"
"""Openings or a boolean operation left a solid with an open surface."""
COLOUR_UNKNOWN = "ColourUnknown"
"""The engine died at a line that may give its colour."""

SEPARATOR = "; "


def joined(reasons: Iterable[str]) -> str:
    """Return several reasons as one text, each once, in their order; empty without a doubt."""
    return SEPARATOR.join(dict.fromkeys(reason for reason in reasons if reason))
