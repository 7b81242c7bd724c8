"""The run request of an attempt, given to a real runner with a real store, and what comes of it."""

from __future__ import annotations

import asyncio
import io
import json
import re
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from minio.commonconfig import ENABLED
from minio.versioningconfig import VersioningConfig

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.manifest import RUN_LOG, artifact_names
from ifcjob.request import ProgressTarget, RunRequest
from ifcjob.status import IfcJobStatus, ObservedInput
from ifcjob_backends.storage.s3 import ObjectStore
from ifcjob_backends.storage.signing.options import StoreOptions, WebIdentity
from ifcjob_operator.applying.commit import commit
from ifcjob_operator.applying.run_request import request_for, url_lifetime
from ifcjob_operator.planning.observation import Committed
from ifcjob_operator.storage.http_source import WebSources
from ifcjob_operator.storage.stores import Stores
from ifcjob_operator.storage.url_policy import WebPolicy
from tests.support import samples
from tests.support.builders import an_attempt, an_ifcjob
from tests.support.entry_point import EntryPoint
from tests.support.operator_s3 import store_options
from tests.support.s3 import Store, s3_store
from tests.support.stand_in_sts import ROLE, stand_in_sts
from tests.support.web import Answer, serve
from tools.cluster.pki import make_pki

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ifcjob.resource import IfcJob
    from ifcjob.status import Attempt

FORMATS = {"properties": {"formats": ["xlsx", "csv", "csv"]}, "gltf": {}}
NDJSON = {"properties": {"formats": ["ndjson"]}}
VOLUME = {"pvc": {"claimName": "files", "path": "in/house.ifc"}}
OUTPUT = {"s3": {"bucket": "models", "prefix": "out/ü"}}


@pytest.fixture(scope="module")
def walls(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return samples.write(samples.two_walls_with_opening(), tmp_path_factory.mktemp("ifc") / "walls.ifc").read_bytes()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, walls: bytes) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("s3"), versions=True) as running:
        running.client.put_object("models", "in/house.ifc", io.BytesIO(walls), len(walls))
        yield running


@pytest.fixture
def options(store: Store, tmp_path: Path) -> StoreOptions:
    return store_options(store, tmp_path / "keys")


def make(
    ifcjob: IfcJob, options: StoreOptions | None, attempt: Attempt | None = None, *hosts: str, **more: Any
) -> RunRequest:
    async def made() -> RunRequest:
        async with WebSources(WebPolicy(hosts, refused=())) as web:
            given, extras = attempt or an_attempt(1), (more.get("progress"), more.get("certificates"))
            if options is None:
                return await request_for(ifcjob, given, Stores(None), web, *extras)
            async with ObjectStore(options) as store:
                return await request_for(ifcjob, given, Stores(store), web, *extras)

    return asyncio.run(made())


def refused(ifcjob: IfcJob, options: StoreOptions | None, *hosts: str) -> RunFailure:
    with pytest.raises(RunFailure) as caught:
        make(ifcjob, options, None, *hosts)
    return caught.value


def s3_job(key: str = "in/house.ifc", bucket: str = "models", **spec: Any) -> IfcJob:
    return an_ifcjob(source={"s3": {"bucket": bucket, "key": key}}, **({"output": OUTPUT} | spec))


@pytest.mark.parametrize("operations", [{}, {"metadata": {}}, {"spatialTree": {}}, {"properties": {}}, FORMATS, NDJSON])
def test_a_runner_publishes_only_artifacts_with_upload_urls(
    store: Store, options: StoreOptions, tmp_path: Path, operations: dict[str, Any]
) -> None:
    job = s3_job(operations=operations)
    request = make(job, options, an_attempt(2, memoryLimit="1Gi"))
    ended = EntryPoint(tmp_path).run(request.to_json())
    assert ended.code == 0, ended.log
    manifest = json.loads(store.client.get_object("models", f"out/ü/{job.metadata.uid[:8]}-2/manifest.json").data)
    published = [artifact["name"] for artifact in manifest["artifacts"]]
    assert sorted([*published, "manifest.json"]) == sorted(artifact_names(job.spec.operations))
    assert set(request.output.uploads or {}) == {*artifact_names(job.spec.operations), RUN_LOG}
    with store.client.get_object("models", f"out/ü/{job.metadata.uid[:8]}-2/run.log") as answer:
        assert answer.read().decode() == ended.log
    assert manifest["input"]["uri"] == "s3://models/in/house.ifc"
    assert "X-Amz" not in ended.log

    async def committed() -> Any:
        async with ObjectStore(options) as opened:
            return await commit(opened, "runner:1", job, 2, ended.report)

    result = asyncio.run(committed())
    assert isinstance(result, Committed)
    assert result.result.summary.elements == ended.report.summary.elements
    assert result.input_sha256 == ended.report.input_sha256


def test_the_runner_reads_the_version_that_was_observed(store: Store, options: StoreOptions) -> None:
    store.client.make_bucket("versioned")
    store.client.set_bucket_versioning("versioned", VersioningConfig(ENABLED))
    version = store.client.put_object("versioned", "a.ifc", io.BytesIO(b"one"), 3).version_id
    store.client.put_object("versioned", "a.ifc", io.BytesIO(b"two"), 3)
    seen = IfcJobStatus(input=ObservedInput(uri="s3://versioned/a.ifc", version_id=version))
    request = make(s3_job("a.ifc", "versioned", status=seen), options)
    assert f"versionId={version}" in request.source.uri


def test_the_request_has_the_options_of_the_ifcjob(options: StoreOptions) -> None:
    progress = ProgressTarget(url="http://operator/v1/progress/bim/house/3", token="hush")
    source = {"s3": {"bucket": "models", "key": "in/Haus 1.ifczip"}, "sha256": "a" * 64, "maxBytes": 12}
    source["strictSchema"] = True
    job = an_ifcjob(
        source=source,
        output=OUTPUT,
        operations={"gltf": {"spaces": "show"}},
        coverage={"minimum": 0.5, "onShortfall": "Fail"},
        activeDeadlineSeconds=77,
    )
    request = make(job, options, an_attempt(3, memoryLimit="1536Mi"), progress=progress)
    assert RunRequest.model_validate_json(request.to_json()) == request
    assert (request.source.name, request.source.public_uri) == ("Haus 1.ifczip", "s3://models/in/Haus 1.ifczip")
    assert (request.source.sha256, request.source.max_bytes) == ("a" * 64, 12)
    assert request.source.strict_schema
    assert (request.limits.memory_bytes, request.limits.deadline_seconds) == (1536 * 2**20, 77)
    assert (request.ifcjob, request.uid, request.attempt) == ("bim/house", job.metadata.uid, 3)
    assert request.operations == job.spec.operations
    assert request.coverage == job.spec.coverage
    assert request.progress == progress


def test_urls_outlive_the_deadlines_but_not_seven_days(options: StoreOptions) -> None:
    job = s3_job(startDeadlineSeconds=1000, activeDeadlineSeconds=2000)
    assert url_lifetime(job) > timedelta(seconds=3000)
    request = make(job, options)
    valid = {re.search(r"X-Amz-Expires=(\d+)", url)[1] for url in _urls(request)}  # type: ignore[index]
    assert valid == {str(int(url_lifetime(job).total_seconds()))}
    longest = make(s3_job(startDeadlineSeconds=604_800, activeDeadlineSeconds=604_800), options)
    assert all("X-Amz-Expires=604800&" in url for url in _urls(longest))


def test_urls_of_a_session_end_with_it_and_say_where_later_ones_are(store: Store, tmp_path: Path) -> None:
    with stand_in_sts(store, lifetime=3600) as sts:
        token = tmp_path / "token"
        token.write_text(sts.token(), encoding="utf-8")
        session = StoreOptions(store.endpoint, WebIdentity(token, sts.url, ROLE))
        request = make(s3_job(), session)
        short = make(s3_job(startDeadlineSeconds=60, activeDeadlineSeconds=60), session)
        volumes = make(an_ifcjob(source=VOLUME, output={"pvc": {"claimName": "results"}}), session)
    assert all(3590 <= int(re.search(r"X-Amz-Expires=(\d+)", url)[1]) <= 3600 for url in _urls(request))  # type: ignore[index]
    assert request.renewal is not None
    assert request.renewal.file == "/run/ifcjob/request.json"
    rest = request.renewal.expires_at - datetime.now(UTC)
    assert timedelta(seconds=3500) < rest <= timedelta(seconds=3600)
    assert short.renewal is None
    assert volumes.renewal is None


def _urls(request: RunRequest) -> list[str]:
    return [request.source.uri, *(request.output.uploads or {}).values()]


def test_volumes_become_paths_and_need_no_store() -> None:
    job = an_ifcjob(
        source=VOLUME,
        output={"pvc": {"claimName": "results", "path": "out/"}},
    )
    request = make(job, None)
    assert (request.source.uri, request.source.public_uri) == ("/source/in/house.ifc", "pvc://files/in/house.ifc")
    assert (request.output.folder, request.output.uploads) == (f"/output/out/{job.metadata.uid[:8]}-1", None)
    unnamed = an_ifcjob(source={"pvc": {"claimName": "f", "path": "h.ifc"}}, output={"pvc": {"claimName": "r"}})
    assert make(unnamed, None).output.folder == f"/output/bim/house/{job.metadata.uid[:8]}-1"


def test_a_web_source_is_the_last_url_without_redirects(options: StoreOptions, walls: bytes, tmp_path: Path) -> None:
    with serve() as site:
        site.at("/house.ifc", Answer(status=302, headers={"Location": "/blob?token=hush"}))
        site.at("/blob", Answer(walls))
        job = an_ifcjob(source={"http": {"url": f"{site.url}/house.ifc?a=1"}}, output=OUTPUT)
        request = make(job, options, None, site.url.removeprefix("http://"))
        assert request.source.uri == f"{site.url}/blob?token=hush"
        assert (request.source.name, request.source.public_uri) == ("house.ifc", f"{site.url}/house.ifc")
        ended = EntryPoint(tmp_path).run(request.to_json())
        assert ended.code == 0, ended.log
        # The pod itself refuses a later redirect.
        site.at("/blob", Answer(status=302, headers={"Location": "/elsewhere"}))
        site.at("/elsewhere", Answer(walls))
        ended = EntryPoint(tmp_path).run(request.to_json())
    assert ended.report.failure is not None
    assert ended.report.failure.reason == FailureReason.ACCESS_DENIED
    assert "/elsewhere" not in {seen.path for seen in site.seen}


def test_a_run_gets_later_urls_without_its_web_server(options: StoreOptions) -> None:
    with serve() as site:
        site.at("/house.ifc", Answer(status=403))
        host, url = site.url.removeprefix("http://"), f"{site.url}/house.ifc?signature=expired"
        job = an_ifcjob(source={"http": {"url": url}}, output=OUTPUT)
        request = make(job, options, an_attempt(1, started_at=datetime.now(UTC)), host)
        assert (request.source.uri, request.source.follow_redirects) == (url, False)
        assert request.source.public_uri == f"{site.url}/house.ifc"
        assert request.output.uploads
        assert refused(job, options, host).message.endswith("answers HTTP 403.")
        with pytest.raises(RunFailure, match="allow"):
            make(job, options, an_attempt(1, started_at=datetime.now(UTC)), "other.example.org")


def test_a_refused_web_source_gives_no_request(options: StoreOptions) -> None:
    job = an_ifcjob(source={"http": {"url": "http://files.example.org/house.ifc"}}, output=OUTPUT)
    assert refused(job, options, "other.example.org").reason == FailureReason.ACCESS_DENIED


def test_a_missing_setting_is_named(options: StoreOptions) -> None:
    failure = refused(an_ifcjob(source={"s3": {"bucket": "models", "key": "a.ifc"}}), options)
    assert failure.reason == FailureReason.INVALID_REQUEST
    assert "spec.output" in failure.message
    failure = refused(s3_job(), None)
    assert failure.reason == FailureReason.INVALID_REQUEST
    assert "no object store" in failure.message


def test_a_pod_trusts_the_operators_certificates(options: StoreOptions, walls: bytes, tmp_path: Path) -> None:
    make_pki(tmp_path, ["127.0.0.1"])
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "server.crt", tmp_path / "server.key")
    authority = (tmp_path / "ca.crt").read_text(encoding="utf-8")
    with serve(tls) as site:
        site.at("/models/house.ifc", Answer(walls))
        job = s3_job("house.ifc", operations={"metadata": {}})
        own = replace(options, endpoint=site.url)
        for name in artifact_names(job.spec.operations):
            site.at(f"/models/out/ü/{job.metadata.uid[:8]}-1/{name}".replace("ü", "%C3%BC"), Answer(b""))
        refused_one = EntryPoint(tmp_path).run(make(job, own).to_json())
        trusting = EntryPoint(tmp_path).run(make(job, own, certificates=authority).to_json())
        broken = EntryPoint(tmp_path).run(make(job, own, certificates="none").to_json())
    assert refused_one.report.failure is not None
    assert refused_one.report.failure.reason == FailureReason.STORAGE_UNAVAILABLE
    assert trusting.code == 0, trusting.log
    assert broken.report.failure is not None
    assert broken.report.failure.reason == FailureReason.INVALID_REQUEST
