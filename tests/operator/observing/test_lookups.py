"""The facts that a plan gets about a file: from a real store, web server and catalog, also when they fail."""

from __future__ import annotations

import asyncio
import hashlib
import io
import socket
import time
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from ifcjob.failures import FailureReason
from ifcjob.report import Failure, Summary
from ifcjob.status import IfcJobStatus, ObservedInput, Result
from ifcjob_backends.storage.s3 import ObjectStore
from ifcjob_catalog import Catalog, CatalogUnavailable, EarlierResult, JobRecord
from ifcjob_catalog.schema import upgrade
from ifcjob_operator.observing.lookups import CatalogTiming, FactLookup
from ifcjob_operator.planning.observation import CachedResult, MemoryAdvice
from ifcjob_operator.settings.fields import Settings
from ifcjob_operator.storage.http_source import WebSources
from ifcjob_operator.storage.stores import Stores
from ifcjob_operator.storage.url_policy import WebPolicy
from tests.support.builders import NOW, an_attempt, an_ifcjob, finished
from tests.support.operator_s3 import store_options
from tests.support.s3 import Store, s3_store
from tests.support.web import Answer, serve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from ifcjob.resource import IfcJob

Reply = TypeVar("Reply")
CONTENT = b"ISO-10303-21;"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MANIFEST = "s3://models/out/1f0c2a9e-1/manifest.json"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("s3")) as running:
        running.client.put_object("models", "house.ifc", io.BytesIO(CONTENT), len(CONTENT))
        running.client.put_object("models", "out/1f0c2a9e-1/manifest.json", io.BytesIO(b"{}"), 2)
        running.client.make_bucket("others")
        yield running


class FailsOnce:
    """A catalog that is down at the first question."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog, self.has_failed = catalog, False

    def __getattr__(self, name: str) -> Any:
        if name != "close" and not self.has_failed:
            self.has_failed = True
            raise CatalogUnavailable("says the test")
        return getattr(self.catalog, name)


class Asker:
    """Asks a FactLookup that is made for one question."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store, self._folder = store, folder
        self.database: str | None = None
        self.hosts: tuple[str, ...] = ()
        self.timing = CatalogTiming()
        self.wrap_catalog: Callable[[Catalog], Any] = lambda catalog: catalog

    def ask(self, question: Callable[[FactLookup], Awaitable[Reply]], *, s3: bool = True, **options: Any) -> Reply:
        async def answer() -> Reply:
            settings = Settings(runner_image="runner:1", max_memory="8Gi")
            catalog = self.wrap_catalog(Catalog.open(self.database)) if self.database else None
            async with (
                ObjectStore(store_options(self._store, self._folder, **options)) as opened,
                WebSources(WebPolicy(self.hosts, refused=())) as web,
            ):
                try:
                    return await question(
                        FactLookup(Stores(opened if s3 else None), web, catalog, settings, self.timing)
                    )
                finally:
                    if catalog is not None:
                        catalog.close()

        return asyncio.run(answer())

    def remember(self, *finished: IfcJob) -> None:
        """Write finished IfcJobs into a catalog of this asker's own."""
        self.database = f"sqlite:///{self._folder}/catalog.db"
        upgrade(self.database)

        async def written(url: str) -> None:
            catalog = Catalog.open(url)
            await catalog.record([JobRecord(job) for job in finished])
            catalog.close()

        asyncio.run(written(self.database))

    def input(self, ifcjob: IfcJob, **options: Any) -> ObservedInput | Failure:
        return self.ask(lambda finder: finder.input(ifcjob), **options)

    def cached_result(self, ifcjob: IfcJob, source: ObservedInput, *results: Result, **options: Any) -> CachedResult:
        """Ask as if these results were of IfcJobs with just that content key."""
        known = EarlierResult(results[0], SHA256) if results else None
        return self.ask(lambda finder: finder.cached_result(ifcjob, source, lambda _: known), **options)


@pytest.fixture
def asker(store: Store, tmp_path: Path) -> Asker:
    return Asker(store, tmp_path)


def s3_job(key: str = "house.ifc", *, output: str = "models", **spec: Any) -> IfcJob:
    source = {"s3": {"bucket": "models", "key": key}} | spec.pop("source", {})
    return an_ifcjob(source=source, output={"s3": {"bucket": output, "prefix": "out"}}, **spec)


def refused(result: object) -> Failure:
    assert isinstance(result, Failure), result
    return result


INPUT = ObservedInput(uri="s3://models/house.ifc", bytes=len(CONTENT), etag="e", sha256=SHA256)
RESULT = Result(manifest=MANIFEST, manifest_sha256="b" * 64, summary=Summary(input_bytes=len(CONTENT)))


def test_a_file_in_the_store_is_seen(asker: Asker) -> None:
    seen = asker.input(s3_job())
    assert isinstance(seen, ObservedInput)
    assert (seen.uri, seen.bytes, seen.sha256) == ("s3://models/house.ifc", len(CONTENT), None)
    demanded = asker.input(s3_job(source={"sha256": SHA256}))
    assert isinstance(demanded, ObservedInput)
    assert demanded.sha256 == SHA256


def test_a_missing_file_is_a_failure(asker: Asker) -> None:
    assert refused(asker.input(s3_job("none.ifc"))).reason == FailureReason.INPUT_NOT_FOUND


def test_an_unavailable_store_is_a_retryable_failure(asker: Asker) -> None:
    assert refused(asker.input(s3_job(), endpoint="http://127.0.0.1:9")).retryable


def test_a_file_on_a_web_server_is_seen(asker: Asker) -> None:
    with serve() as site:
        asker.hosts = (site.url.removeprefix("http://"),)
        url = site.at("/a.ifc", Answer(CONTENT))
        job = an_ifcjob(source={"http": {"url": url}}, output={"s3": {"bucket": "models"}})
        assert asker.input(job) == ObservedInput(uri=url, bytes=len(CONTENT))


def test_a_file_on_a_volume_is_assumed_to_exist(asker: Asker) -> None:
    source = {"pvc": {"claimName": "files", "path": "in/a.ifc"}, "sha256": SHA256}
    job = an_ifcjob(source=source, output={"pvc": {"claimName": "results"}})
    assert asker.input(job, s3=False) == ObservedInput(uri="pvc://files/in/a.ifc", sha256=SHA256)


def test_a_checksum_that_the_store_contradicts_fails_without_a_run(asker: Asker) -> None:
    with serve() as site:
        digest = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="  # of `abc`
        site.at("/models/a.ifc", Answer(b"abc", headers={"x-amz-checksum-sha256": digest}))
        result = asker.input(s3_job("a.ifc", source={"sha256": "0" * 64}), endpoint=site.url)
    assert refused(result).reason == FailureReason.INPUT_CHANGED


def test_a_job_without_an_output_is_refused_before_it_waits(asker: Asker) -> None:
    job = an_ifcjob(source={"s3": {"bucket": "models", "key": "house.ifc"}})
    assert refused(asker.input(job)).reason == FailureReason.INVALID_REQUEST
    assert isinstance(asker.input(job, output_bucket="models"), ObservedInput)


@pytest.mark.parametrize("source", [{"s3": {"bucket": "models", "key": "a"}}, {"pvc": {"claimName": "f", "path": "a"}}])
def test_s3_without_a_store_is_refused_before_it_waits(asker: Asker, source: dict[str, Any]) -> None:
    output = {"s3": {"bucket": "models"}} if "pvc" in source else {"pvc": {"claimName": "r"}}
    result = asker.input(an_ifcjob(source=source, output=output), s3=False)
    assert refused(result).reason == FailureReason.INVALID_REQUEST


def test_an_earlier_result_is_reused_while_its_manifest_exists(asker: Asker) -> None:
    cached = asker.cached_result(s3_job(), INPUT, RESULT)
    assert (cached.result, cached.input_sha256) == (RESULT, SHA256)
    assert cached.content_key


def test_an_earlier_result_provides_the_checksum_that_the_store_lacks(asker: Asker) -> None:
    unread = INPUT.model_copy(update={"sha256": None})
    cached = asker.cached_result(s3_job(), unread, RESULT)
    assert (cached.result, cached.input_sha256) == (RESULT, SHA256)


def _elsewhere(name: str) -> Result:
    return RESULT.model_copy(update={"manifest": name})


@pytest.mark.parametrize(
    ("job", "result"),
    [
        (s3_job(), _elsewhere("s3://models/out/gone-1/manifest.json")),
        (s3_job(), _elsewhere("s3://others/out/1f0c2a9e-1/manifest.json")),
        (s3_job(output="others"), RESULT),
        (s3_job(), _elsewhere("pvc://models/out/1f0c2a9e-1/manifest.json")),
        (s3_job(), RESULT.model_copy(update={"summary": Summary(input_bytes=1)})),
        (s3_job(cache="Refresh"), RESULT),
        (s3_job(cache="Off"), RESULT),
        (an_ifcjob(source={"s3": {"bucket": "models", "key": "a"}}, output={"pvc": {"claimName": "models"}}), RESULT),
    ],
    ids=["gone", "another bucket", "another output", "on a volume", "another size", "refresh", "off", "to a volume"],
)
def test_an_earlier_result_that_does_not_match_does_not_count(asker: Asker, job: IfcJob, result: Result) -> None:
    cached = asker.cached_result(job, INPUT, result)
    assert cached.result is None
    assert cached.content_key


def test_there_is_no_content_key_without_a_fingerprint(asker: Asker) -> None:
    assert asker.cached_result(s3_job(), ObservedInput(uri="s3://models/house.ifc", bytes=3)) == CachedResult()


def done(asker: Asker, *, etag: str | None = None, peak: int = 10**9, **spec: Any) -> IfcJob:
    """Make an IfcJob that has processed the file, as the operator leaves it."""
    job = s3_job(**spec)
    seen = asker.input(job)
    assert isinstance(seen, ObservedInput)
    read = seen.model_copy(update={"sha256": SHA256, "etag": etag or seen.etag})
    status = finished().model_copy(
        update={
            "input": read,
            "result": RESULT,
            "content_key": asker.cached_result(job, read).content_key,
            "attempts": [an_attempt(1, finished_at=NOW, reason="Succeeded", peak_memory_bytes=peak)],
        }
    )
    return job.model_copy(update={"status": IfcJobStatus.model_validate(status)})


def test_a_known_etag_gives_the_content_key(asker: Asker) -> None:
    asker.remember(done(asker))
    seen = asker.input(s3_job())
    assert isinstance(seen, ObservedInput)
    assert seen.sha256 == SHA256
    cached = asker.cached_result(s3_job(), seen)
    assert cached.result is not None
    assert (cached.result.manifest, cached.input_sha256) == (MANIFEST, SHA256)
    assert cached.result.summary == RESULT.summary


def test_another_version_of_a_file_is_not_recognised(asker: Asker) -> None:
    asker.remember(done(asker, etag="another"))
    seen = asker.input(s3_job())
    assert isinstance(seen, ObservedInput)
    assert seen.sha256 is None
    assert asker.cached_result(s3_job(), seen).result is None


def test_other_operations_do_not_reuse_the_result(asker: Asker) -> None:
    asker.remember(done(asker))
    assert asker.cached_result(s3_job(operations={"metadata": {}}), INPUT).result is None
    assert asker.cached_result(s3_job(), INPUT).result is not None


def test_a_recorded_result_that_was_deleted_does_not_count(asker: Asker) -> None:
    job = done(asker)
    job.status.result = _elsewhere("s3://models/out/gone-1/manifest.json")
    asker.remember(job)
    assert asker.cached_result(s3_job(), INPUT).result is None


def memory(asker: Asker, ifcjob: IfcJob, source: ObservedInput = INPUT) -> MemoryAdvice:
    return asker.ask(lambda finder: finder.memory(ifcjob, source))


def test_memory_is_learned_from_the_same_file(asker: Asker) -> None:
    formula = memory(asker, s3_job())
    asker.remember(done(asker, peak=3 * 2**30))
    learned = memory(asker, s3_job())
    assert learned.memory_bytes > 3 * 2**30 > formula.memory_bytes
    assert learned.reason != formula.reason
    explicit = s3_job(resources={"memory": "2Gi"})
    assert memory(asker, explicit).memory_bytes == 2 * 2**30


@pytest.mark.parametrize("state", ["down", "silent", "empty"])
def test_a_failing_catalog_delays_no_lookup(asker: Asker, tmp_path: Path, state: str) -> None:
    expected = (asker.input(s3_job()), asker.cached_result(s3_job(), INPUT), memory(asker, s3_job()))
    asker.timing = CatalogTiming(answer=0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = 9 if state == "down" else silent.getsockname()[1]
        asker.database = f"sqlite:///{tmp_path}/empty.db" if state == "empty" else f"postgresql://x@127.0.0.1:{port}/x"
        began = time.monotonic()
        assert (asker.input(s3_job()), asker.cached_result(s3_job(), INPUT), memory(asker, s3_job())) == expected
        assert time.monotonic() - began < 4


@pytest.mark.parametrize(("rest", "is_asked"), [(60.0, False), (0.0, True)])
def test_a_catalog_that_failed_is_not_asked_for_a_while(asker: Asker, rest: float, *, is_asked: bool) -> None:
    asker.remember(done(asker))
    asker.timing = CatalogTiming(rest=rest)
    asker.wrap_catalog = FailsOnce

    async def look_up_twice(lookup: FactLookup) -> bool:
        await lookup.memory(s3_job(), INPUT)
        return (await lookup.cached_result(s3_job(), INPUT, lambda _: None)).result is not None

    assert asker.ask(look_up_twice) is is_asked
