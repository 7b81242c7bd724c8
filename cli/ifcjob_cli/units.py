"""Parsing and formatting of sizes and times: `512Mi`, `5m`, `3.2 MB`, `1.9 s`."""

import re

_BYTES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?", re.IGNORECASE)
_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*([smh])?", re.IGNORECASE)


def bytes_of(text: str) -> int:
    """Return the bytes of a size such as `512Mi`, `2G` or `1048576`, as in Kubernetes quantities."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a size; write 512Mi, 2G or 1048576")
    return int(float(match[1]) * _BYTES[(match[2] or "").lower()])


def count_of(text: str) -> int:
    """Return a whole number of at least 1."""
    if not text.strip().isdecimal() or int(text) < 1:
        raise ValueError(f"{text!r} is not a number of at least 1")
    return int(text)


def seconds_of(text: str) -> float:
    """Return the seconds of a time such as `90`, `90s`, `5m` or `1h`."""
    match = _TIME.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a time; write 90, 90s, 5m or 1h")
    return float(match[1]) * _SECONDS[(match[2] or "").lower()]


def size_text(size_bytes: float) -> str:
    """Return a size with three significant digits, such as `3.21 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 999.5:
            return f"{size_bytes:.0f} {unit}" if unit == "B" else f"{size_bytes:.3g} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:.3g} TB"


def time_text(seconds: float) -> str:
    """Return a duration, such as `1.90 s`, `48.2 s` or `3 min 05 s`."""
    if seconds < 9.995:
        return f"{seconds:.2f} s"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"


def number_text(number: int | None) -> str:
    """Return a whole number with thousands separators, or a dash if unknown."""
    return "–" if number is None else f"{number:,}"
