"""Sources in other stores, on two real S3 servers: which IfcJobs may read where, and that contents do not mix."""

from __future__ import annotations

import asyncio
import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import Failure
from ifcjob_backends.storage.s3 import ObjectStore
from ifcjob_backends.storage.signing.options import KeyFiles
from ifcjob_operator.applying.run_request import request_for
from ifcjob_operator.observing.lookups import FactLookup
from ifcjob_operator.planning.content_key import content_keys
from ifcjob_operator.settings.fields import Settings
from ifcjob_operator.storage.http_source import WebSources
from ifcjob_operator.storage.other_stores import OtherStore, read_other_stores
from ifcjob_operator.storage.stores import Stores
from ifcjob_operator.storage.url_policy import WebPolicy
from tests.support import samples
from tests.support.builders import an_attempt, an_ifcjob
from tests.support.entry_point import EntryPoint
from tests.support.operator_s3 import store_options
from tests.support.s3 import Store, s3_store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from ifcjob.request import RunRequest
    from ifcjob.resource import IfcJob
    from ifcjob.status import ObservedInput

KEY = "in/house.ifc"
OUTPUT = {"s3": {"bucket": "models", "prefix": "out"}}


@pytest.fixture(scope="module")
def walls(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return samples.write(samples.two_walls_with_opening(), tmp_path_factory.mktemp("ifc") / "walls.ifc").read_bytes()


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("own")) as running:
        running.client.put_object("models", KEY, io.BytesIO(b"another file"), 12)
        yield running


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, walls: bytes) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("archive")) as running:
        running.client.put_object("models", KEY, io.BytesIO(walls), len(walls))
        yield running


def job(store: str | None = None, bucket: str = "models", **spec: Any) -> IfcJob:
    s3 = {"bucket": bucket, "key": KEY} | ({"store": store} if store else {})
    return an_ifcjob(source={"s3": s3}, output=OUTPUT, **spec)


def with_stores(own: Store, archive: Store, folder: Path, use: Callable[[Stores], Awaitable[Any]], **rules: Any) -> Any:
    """Use the operator's stores: its own, and one called archive, described in a file."""
    keys = store_options(archive, folder / "archive").credentials
    assert isinstance(keys, KeyFiles)
    entry = {"name": "archive", "endpoint": archive.endpoint, **rules}
    entry |= {"accessKeyFile": str(keys.access_key), "secretKeyFile": str(keys.secret_key)}
    (folder / "stores.json").write_text(json.dumps([entry]), encoding="utf-8")
    (other,) = read_other_stores(folder / "stores.json")

    async def used() -> Any:
        async with ObjectStore(store_options(own, folder / "own")) as default, ObjectStore(other.options(None)) as more:
            return await use(Stores(default, [(other, more)]))

    return asyncio.run(used())


def look_up(ifcjob: IfcJob, own: Store, archive: Store, folder: Path, **rules: Any) -> ObservedInput | Failure:
    async def looked_up(stores: Stores) -> ObservedInput | Failure:
        async with WebSources(WebPolicy((), refused=())) as web:
            return await FactLookup(stores, web, None, Settings(runner_image="runner:1")).input(ifcjob)

    return with_stores(own, archive, folder, looked_up, **rules)


def test_a_run_reads_from_the_named_store_and_writes_to_the_default_one(
    own: Store, archive: Store, walls: bytes, tmp_path: Path
) -> None:
    async def requested(stores: Stores) -> RunRequest:
        async with WebSources(WebPolicy((), refused=())) as web:
            return await request_for(job("archive"), an_attempt(1), stores, web, None)

    request = with_stores(own, archive, tmp_path, requested)
    ended = EntryPoint(tmp_path).run(request.to_json())
    assert ended.code == 0, ended.log
    name = f"out/{job().metadata.uid[:8]}-1/manifest.json"
    manifest = json.loads(own.client.get_object("models", name).data)
    assert (manifest["input"]["uri"], manifest["input"]["bytes"]) == ("s3+archive://models/in/house.ifc", len(walls))


def test_objects_of_one_name_in_two_stores_share_no_result(own: Store, archive: Store, tmp_path: Path) -> None:
    default, other = (look_up(job(store), own, archive, tmp_path) for store in (None, "archive"))
    assert not isinstance(default, Failure)
    assert not isinstance(other, Failure)
    assert (default.uri, other.uri) == (f"s3://models/{KEY}", f"s3+archive://models/{KEY}")
    same_etag = other.model_copy(
        update={"etag": default.etag, "bytes": default.bytes, "version_id": default.version_id}
    )
    keys = [set(content_keys("bim", job().spec, source, "runner:1")) for source in (default, same_etag)]
    assert keys[0].isdisjoint(keys[1])


@pytest.mark.parametrize(
    ("store", "rules", "reason", "message", "hint"),
    [
        ("other", {}, "InvalidRequest", "the operator has no store other", "Use archive"),
        ("archive", {"namespaces": ["roads"]}, "AccessDenied", "namespace bim may not read", "Leave out store"),
        ("archive", {"buckets": ["plans"]}, "AccessDenied", "may not read bucket models of store archive", "Leave out"),
    ],
)
def test_a_store_that_the_namespace_may_not_use_is_refused(
    store: str, rules: dict[str, Any], reason: str, message: str, hint: str, own: Store, archive: Store, tmp_path: Path
) -> None:
    failure = look_up(job(store), own, archive, tmp_path, **rules)
    assert isinstance(failure, Failure)
    assert (failure.reason, failure.retryable) == (FailureReason(reason), False)
    assert message in failure.message
    assert failure.hint.startswith(hint)


def test_the_default_store_may_be_missing() -> None:
    source = job().spec.source.s3
    assert source is not None
    with pytest.raises(RunFailure, match="has no object store"):
        Stores(None).of_source(job(), source)


KEYS = {"accessKeyFile": "/keys/a", "secretKeyFile": "/keys/s"}
STORE = {"name": "a", "endpoint": "https://s3.example.com", **KEYS}


@pytest.mark.parametrize(
    ("stores", "problem"),
    [
        ([STORE, STORE], "two stores have the name a"),
        ([STORE | {"secretKeyFile": None}], "needs accessKeyFile and secretKeyFile"),
        ([STORE | {"credentials": "webIdentity"}], "needs tokenFile and stsEndpoint"),
        ([STORE | {"endpoint": "s3.example.com"}], "endpoint"),
        ([STORE | {"name": "default"}], "without a name"),
        ([STORE | {"credentials": "role"}], "role does not use accessKeyFile"),
        ([STORE | {"roleEndpoint": "http://192.0.2.40"}], "keys does not use roleEndpoint"),
        ([STORE | {"name": "A b"}], "name"),
        ([STORE | {"bucket": ["x"]}], "bucket"),
    ],
)
def test_a_mistake_in_the_file_is_named(stores: list[dict[str, Any]], problem: str, tmp_path: Path) -> None:
    (tmp_path / "stores.json").write_text(json.dumps(stores), encoding="utf-8")
    with pytest.raises(ValueError, match=problem):
        read_other_stores(tmp_path / "stores.json")


def test_stores_without_keys_get_sessions() -> None:
    token = {"tokenFile": "/keys/token", "stsEndpoint": "https://sts.example.com"}
    named = {"name": "a", "endpoint": "https://s3.example.com"}
    store = OtherStore.model_validate(named | {"credentials": "role"})
    assert type(store.source_credentials()).__name__ == "RoleOfMachine"
    store = OtherStore.model_validate(named | {"credentials": "webIdentity"} | token)
    assert type(store.source_credentials()).__name__ == "WebIdentity"
