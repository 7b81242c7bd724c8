"""The request headers that several routes read: Accept-Encoding and If-None-Match."""


def accepted_encodings(header: str | None) -> frozenset[str]:
    """Return the encodings that Accept-Encoding names and does not refuse, in lower case."""
    items = (item.replace(" ", "").lower().partition(";q=") for item in (header or "").split(","))
    return frozenset(name for name, _, quality in items if quality.strip("0.") or not quality)


def has_etag(header: str | None, etag: str) -> bool:
    """Return whether If-None-Match names an ETag, given in quotes, or any."""
    tags = [tag.strip().removeprefix("W/") for tag in (header or "").split(",")]
    return etag in tags or "*" in tags
