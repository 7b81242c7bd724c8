"""The session of one upload: a JSON object beside the file, `<namespace>/<id>/upload.json`."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.http.uploads import MAX_PARTS

PART_BYTES = 16 * 2**20
UPLOAD_ID_PATTERN = "^[0-9a-f]{32}$"
SESSION, SOURCE = "upload.json", "source.ifc"


class Rejection(ContractType):
    """The reason why a complete file was refused and deleted."""

    status: int
    code: str
    detail: str


class Session(ContractType):
    """One upload."""

    namespace: str
    id: str
    upload_id: str
    """The store's id of the multipart upload."""
    file_name: str
    size: int
    part_size: int
    declared_sha256: str | None = None
    """The checksum that the client sent; nobody has verified it."""
    owner: str
    created_at: datetime
    expires_at: datetime
    state: Literal["Open", "Complete", "Rejected"] = "Open"
    format: Literal["ifc", "ifczip", "ifc.gz"] | None = None
    schema_name: str | None = Field(default=None, alias="schema")
    sha256: str | None = None
    """The checksum of the file, when this process has read all of it."""
    rejection: Rejection | None = None

    @property
    def key(self) -> str:
        """Return the key of the file."""
        return key_of(self.namespace, self.id, SOURCE)

    @property
    def part_count(self) -> int:
        """Return the number of parts."""
        return -(-self.size // self.part_size)

    def part_bytes(self, number: int) -> int:
        """Return the size of a part: all are equal but the last."""
        return min(self.part_size, self.size - (number - 1) * self.part_size)


def new_session(
    namespace: str, file_name: str, size: int, sha256: str | None, *, owner: str, lifetime: timedelta
) -> Session:
    """Return the session of a new upload, without the store's id."""
    now = datetime.now(UTC)
    return Session(
        namespace=namespace,
        id=uuid.uuid4().hex,
        upload_id="",
        file_name=file_name,
        size=size,
        part_size=part_size(size),
        declared_sha256=sha256,
        owner=owner,
        created_at=now,
        expires_at=now + lifetime,
    )


def part_size(size: int) -> int:
    """Return 16 MiB, or the multiple of a MiB with which 10,000 parts are enough."""
    return max(PART_BYTES, -(-size // MAX_PARTS // 2**20) * 2**20)


def key_of(namespace: str, upload: str, name: str) -> str:
    """Return the key of an object of an upload."""
    return f"{namespace}/{upload}/{name}"
