"""Bodies of uploads: what clients send, and what they get."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.http.request_type import RequestType
from ifcjob.patterns import Sha256

MAX_PARTS = 10_000
"""S3's limit."""
MAX_URLS = 1000
"""Most part URLs in one answer; a file of more parts gets the others with `signUploadParts`."""

PartNumber = Annotated[int, Field(ge=1, le=MAX_PARTS)]


class UploadRequest(RequestType):
    """The file that will be uploaded."""

    file_name: Annotated[str, Field(min_length=1, max_length=1024)]
    """Its name; it must end in `.ifc`, `.ifczip`, `.ifc.gz`, `.zip` or `.gz`."""
    size: Annotated[int, Field(ge=1, le=2**50)]
    """Its size in bytes."""
    sha256: Sha256 | None = None
    """Its checksum, if you know it: the answer then names a job that has processed the same content."""


class PartNumbers(RequestType):
    """The parts to sign."""

    numbers: Annotated[list[PartNumber], Field(min_length=1, max_length=MAX_URLS)] | None = None
    """Numbers of parts; null or absent: the first thousand that are missing."""


class UploadPart(ContractType):
    """One part: send its bytes with PUT."""

    number: int
    """Number of the part, starting at 1."""
    offset: int
    """Offset of its first byte in the file."""
    size: int
    """Its size; another one is refused."""
    url: str
    """Where to send it. An absolute URL is the object store's: send no Authorization header. A path is this API's."""


class AlreadyProcessed(ContractType):
    """A job that has processed the same content: usually there is no need to upload it again."""

    job: str
    """Name of the job, in the same namespace."""
    uid: str
    """Unique across time."""
    sha256: str
    """Checksum of the content."""
    url: str
    """Path of the job; of its history when it was deleted from the cluster."""
    model_url: str
    """Path of the model."""


class Upload(ContractType):
    """An upload."""

    id: str
    """Its id; jobs name it as `source.upload`."""
    namespace: str
    """Its namespace."""
    file_name: str
    """The file's name for people, without folders and control characters."""
    size: int
    """Size of the file."""
    part_size: int
    """Size of every part but the last."""
    part_count: int
    """Number of parts."""
    state: Literal["Open", "Complete", "Rejected"]
    """`Open` until it is completed; `Rejected`: the file was refused and deleted."""
    expires_at: datetime
    """An upload that is not complete then is aborted."""
    uploaded: list[int] = Field(default_factory=list)
    """Numbers of the stored parts of an open upload."""
    parts: list[UploadPart] = Field(default_factory=list)
    """In the answer to its creation: the parts, at most the first thousand."""
    urls_expire_at: datetime | None = None
    """When the URLs in `parts` expire; sign them again then."""
    format: Literal["ifc", "ifczip", "ifc.gz"] | None = None
    """Form of the complete file."""
    schema_name: str | None = Field(default=None, alias="schema")
    """IFC2X3, IFC4 or IFC4X3_ADD2; unknown for a zip."""
    sha256: str | None = None
    """Checksum of the complete file, if the API has read all of it; the runner computes it anyway."""
    already_processed: AlreadyProcessed | None = None
    """A job that has processed the same content, as far as the checksum is known."""
    links: dict[str, str] = Field(default_factory=dict)
    """Paths of the next requests: `self`, `parts`, `complete`, `jobs`."""


class SignedParts(ContractType):
    """Parts with fresh URLs."""

    parts: list[UploadPart]
    """The parts."""
    urls_expire_at: datetime
    """When the URLs expire."""
