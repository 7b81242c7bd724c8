"""The content key of an IfcJob. Equal keys mean equal artifacts: same content, same operations, same runner.

Fields that only decide about success (coverage, retries, memory) are not part of it, nor is the output. The namespace
is: users state checksums themselves, and must not get another tenant's artifacts with one. So is `strictSchema`: the
file of an earlier result may have a schema that it refuses.
"""

import hashlib
import json
from typing import Any

from ifcjob import __version__
from ifcjob.resource import IfcJobSpec
from ifcjob.status import ObservedInput

SETS = ("includeClasses", "excludeClasses", "includeGlobalIds", "excludeGlobalIds", "storeys", "contexts", "formats")
"""Lists whose order has no meaning."""


def content_keys(namespace: str, spec: IfcJobSpec, source: ObservedInput, runner: str) -> tuple[str, ...]:
    """Return the keys under which an earlier result may be found, the best first; none when nothing identifies it.

    The first key uses the SHA-256, if it is known. The second one uses the object's ETag, for sources whose content
    has not been read yet.
    """
    identities: list[list[str | int | None]] = []
    if sha256 := spec.source.sha256 or source.sha256:
        identities.append(["sha256", sha256])
    if source.etag:
        identities.append(["etag", source.uri, source.version_id, source.etag, source.bytes])
    return tuple(_key([namespace, *identity], spec, runner) for identity in identities)


def runner_id(image: str) -> str:
    """Return the identity of the runner: this release and its image."""
    return f"{__version__}@{image}"


def _key(identity: list[str | int | None], spec: IfcJobSpec, runner: str) -> str:
    operations = spec.operations.or_all().model_dump(mode="json", by_alias=True, exclude_none=True)
    strict = ["strictSchema"] if spec.source.strict_schema else []
    text = json.dumps([[*identity, *strict], _sorted(operations), runner], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _sorted(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: sorted(set(inner)) if name in SETS else _sorted(inner) for name, inner in value.items()}
