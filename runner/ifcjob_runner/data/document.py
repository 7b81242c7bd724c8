"""JSON documents as plain dictionaries, in the shape of the contract's types.

The engine's processes never load pydantic, which would cost a small run a fifth of its time; the tests hold every
document against its contract type instead, and the supervisor validates what it passes on.
"""

from collections.abc import Sequence
from typing import Any

Document = dict[str, Any]
MAX_LISTED = 100
"""GlobalIds that a finding lists."""


def document(**fields: Any) -> Document:
    """Return the fields under their camelCase names."""
    return {_camel(name): value for name, value in fields.items()}


def finding(
    code: str, message: str, global_ids: Sequence[str] = (), *, count: int = 0, severity: str = "warning"
) -> Document:
    """Return an ifcjob.manifest.Finding; it counts the GlobalIds unless told otherwise."""
    listed = list(global_ids)
    return document(
        code=code,
        severity=severity,
        message=message,
        global_ids=listed[:MAX_LISTED],
        count=count or len(listed) or 1,
    )


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
