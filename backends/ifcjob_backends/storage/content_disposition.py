"""The Content-Disposition header of a download (RFC 6266)."""

import re
from urllib.parse import quote

_PLAIN = re.compile(r"[^A-Za-z0-9 ._()+-]")


def attachment(name: str) -> str:
    """Return the header for a file name; other than ASCII letters are in `filename*`, which browsers prefer."""
    plain = _PLAIN.sub("_", name)[:200].strip() or "download"
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'attachment; filename="{plain}"{extended}'
