"""Answers about the artifacts of a job."""

from datetime import datetime

from ifcjob.base_type import ContractType


class ArtifactEntry(ContractType):
    """One artifact in a list."""

    name: str
    """File name, such as `model.glb`."""
    media_type: str
    """IANA media type."""
    bytes: int
    """Size."""
    sha256: str
    """Checksum of the content."""
    url: str
    """Path of its download link."""
    content_url: str
    """Path of its content by checksum: what it answers never changes, so caches may keep it forever."""


class ArtifactList(ContractType):
    """The artifacts of a job."""

    items: list[ArtifactEntry]
    """The artifacts, sorted by name; `manifest.json` describes the others."""


class ArtifactLink(ContractType):
    """A download link."""

    name: str
    """File name, such as `model.glb`."""
    media_type: str
    """IANA media type."""
    bytes: int
    """Size."""
    sha256: str
    """Checksum of the content."""
    file_name: str
    """Name under which a browser saves it."""
    url: str
    """Where to get it. An absolute URL is the object store's: send no Authorization header. A path is this API's."""
    expires_at: datetime | None = None
    """When the URL expires; a path does not expire."""
