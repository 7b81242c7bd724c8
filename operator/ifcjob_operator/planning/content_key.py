"""Pure: the content key of an IfcJob. Equal keys, equal artifacts: same content, same operations, same runner.

What only decides about success (coverage, retries, memory) is not part of it, nor is where the artifacts go. The
namespace is: a checksum is what a user says, and must not open what another tenant has processed.
"""

import hashlib
import json
from typing import Any

from ifcjob.resource import IfcJobSpec
from ifcjob.status import ObservedInput

SETS = ("includeClasses", "excludeClasses", "includeGlobalIds", "excludeGlobalIds", "storeys", "contexts", "formats")
"""Lists whose order means nothing."""


def content_keys(namespace: str, spec: IfcJobSpec, found: ObservedInput, runner: str) -> tuple[str, ...]:
    """Return the keys under which a former result may be found, the best first.

    By SHA-256 when it is known; and by the store's own fingerprint of this very object, for jobs that come before
    anybody has read it. Empty when neither is known.
    """
    identities: list[list[str | int | None]] = []
    if sha256 := spec.source.sha256 or found.sha256:
        identities.append(["sha256", sha256])
    if found.etag:
        identities.append(["etag", found.uri, found.version_id, found.etag, found.bytes])
    return tuple(_key([namespace, *identity], spec, runner) for identity in identities)


def _key(identity: list[str | int | None], spec: IfcJobSpec, runner: str) -> str:
    operations = spec.operations.or_all().model_dump(mode="json", by_alias=True, exclude_none=True)
    text = json.dumps([identity, _sorted(operations), runner], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _sorted(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: sorted(set(inner)) if name in SETS else _sorted(inner) for name, inner in value.items()}
