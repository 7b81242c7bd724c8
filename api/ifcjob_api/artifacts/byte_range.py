"""The Range header of a request for one file (RFC 9110)."""

import re

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)


class Unsatisfiable(Exception):
    """The range begins behind the end of the file."""


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return start and end of the requested bytes, the end not included.

    None means the whole file, also for several ranges and for a header that is not valid, as the standard allows.
    """
    match = _RANGE.fullmatch(header or "")
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= size:
        raise Unsatisfiable
    return start, end
