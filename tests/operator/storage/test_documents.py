"""Whether an attempt has published its artifacts, asked of a real S3 server."""

from __future__ import annotations

import io
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.failures import FailureReason
from ifcjob.manifest import Input, Manifest
from ifcjob.report import Failure
from ifcjob.status import IfcJobStatus, ObservedInput
from ifcjob_operator.storage.documents import has_published
from tests.support.builders import an_ifcjob
from tests.support.operator_s3 import ask, store_options
from tests.support.s3 import Store, s3_store
from tools.cluster.control_plane import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ifcjob.resource import IfcJob

SHA256 = "a" * 64


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("s3")) as running:
        yield running


def an_ifcjob_with(prefix: str, sha256: str | None = None) -> IfcJob:
    source = ObservedInput(uri="s3://models/house.ifc", sha256=sha256)
    return an_ifcjob(output={"s3": {"bucket": "models", "prefix": prefix}}, status=IfcJobStatus(input=source))


def a_manifest(**fields: Any) -> bytes:
    manifest = Manifest(
        input=Input(uri="s3://models/house.ifc", sha256=SHA256, bytes=100),
        engine={"ifcjob": "0.2.0"},
        options={},
        artifacts=[],
        stages=[],
        cpu_seconds=1,
        peak_memory_bytes=1,
        findings=[],
        **fields,
    )
    return manifest.to_json().encode()


PUBLISHED = [
    pytest.param("0d9f5a3e-2", a_manifest(), None, True, id="own"),
    pytest.param("0d9f5a3e-2", a_manifest(), SHA256, True, id="own, of the file that was seen"),
    pytest.param("0d9f5a3e-2", a_manifest(), "b" * 64, False, id="of another file"),
    pytest.param("0d9f5a3e-2", a_manifest(uid="0d9f5a3e-other"), None, False, id="of another IfcJob"),
    pytest.param("0d9f5a3e-1", a_manifest(), None, False, id="of an earlier attempt"),
    pytest.param("1f0c2a9e-2", a_manifest(), None, False, id="of a former IfcJob of this name"),
    pytest.param("", a_manifest(uid="1f0c2a9e", folder="1f0c2a9e-1/"), None, False, id="committed by a former IfcJob"),
    pytest.param("0d9f5a3e-2", b"{", None, False, id="broken"),
]


@pytest.mark.parametrize(("folder", "content", "seen", "published"), PUBLISHED)
def test_only_the_manifest_of_this_ifcjob_and_attempt_counts(
    store: Store, tmp_path: Path, folder: str, content: bytes, seen: str | None, *, published: bool
) -> None:
    prefix = f"results/{uuid.uuid4()}"
    key = "/".join(part for part in (prefix, folder, "manifest.json") if part)
    store.client.put_object("models", key, io.BytesIO(content), len(content))
    ifcjob = an_ifcjob_with(prefix, seen)
    assert ask(store_options(store, tmp_path), lambda store: has_published(store, ifcjob, 2)) is published


def test_a_store_that_does_not_answer_leaves_it_unknown(store: Store, tmp_path: Path) -> None:
    options = store_options(store, tmp_path, endpoint=f"http://127.0.0.1:{free_port()}")
    failure = ask(options, lambda down: has_published(down, an_ifcjob_with("results"), 1), answer_seconds=1)
    assert isinstance(failure, Failure)
    assert failure.reason is FailureReason.STORAGE_UNAVAILABLE


def test_a_volume_is_not_read(store: Store, tmp_path: Path) -> None:
    ifcjob = an_ifcjob(output={"pvc": {"claimName": "results", "path": "house"}})
    assert ask(store_options(store, tmp_path), lambda store: has_published(store, ifcjob, 1)) is False
