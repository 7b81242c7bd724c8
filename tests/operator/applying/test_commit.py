"""Which attempt's artifacts count, decision by one conditional write to a real S3 server."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob.failures import FailureReason
from ifcjob.manifest import Artifact, Coverage, Input, Manifest
from ifcjob.report import CoverageCounts, Doubtful, Failure, RunReport, Skipped, Summary
from ifcjob.status import ObservedInput
from ifcjob_backends.storage.s3 import ObjectStore
from ifcjob_backends.storage.store_requests import Answer
from ifcjob_operator.applying.commit import commit
from ifcjob_operator.planning.content_key import content_keys
from ifcjob_operator.planning.observation import Committed
from tests.support.builders import an_ifcjob
from tests.support.operator_s3 import ask, store_options
from tests.support.s3 import Store, s3_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ifcjob.resource import IfcJob
    from ifcjob_backends.storage.signing.options import StoreOptions

RUNNER = "0.2.0@runner:1"
SUMMARY = Summary(elements=7, triangles=84)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with s3_store(tmp_path_factory.mktemp("s3")) as running:
        yield running


@dataclass
class Prefix:
    """An output prefix of its own for one test, and the IfcJobs that publish there."""

    store: Store
    options: StoreOptions
    name: str

    def ifcjob(self, name: str = "house") -> IfcJob:
        job = an_ifcjob(name, output={"s3": {"bucket": "models", "prefix": f"{self.name}/"}})
        job.metadata.uid = str(uuid.uuid4())
        return job

    def run(self, ifcjob: IfcJob, number: int = 1, **extra: Any) -> RunReport:
        """Publish as the runner does: a manifest in the attempt's folder."""
        manifest = Manifest(
            input=Input(uri="s3://models/house.ifc", sha256="a" * 64, bytes=100),
            engine={"ifcjob": "0.1.0"},
            options={},
            artifacts=[Artifact(name="model.glb", media_type="model/gltf-binary", bytes=5, sha256="b" * 64)],
            coverage=Coverage(
                expected=3,
                emitted=2,
                skipped=[Skipped.model_validate({"globalId": "x", "class": "IfcWall", "reason": "NoGeometry"})],
                doubtful=[Doubtful.model_validate({"globalId": "y", "class": "IfcWall", "reason": "OpenSurface"})],
            ),
            stages=[],
            cpu_seconds=float(number),
            peak_memory_bytes=1,
            findings=[],
        )
        content = json.dumps(json.loads(manifest.to_json()) | extra).encode()
        key = f"{self.name}/{ifcjob.metadata.uid[:8]}-{number}/manifest.json"
        self.store.client.put_object("models", key, io.BytesIO(content), len(content))
        return RunReport(outcome="Succeeded", summary=SUMMARY, manifest_sha256=hashlib.sha256(content).hexdigest())

    def commit(self, ifcjob: IfcJob, number: int, report: RunReport | None) -> Committed | Failure:
        return ask(self.options, lambda store: commit(store, RUNNER, ifcjob, number, report))

    def top(self) -> dict[str, Any]:
        """Return the committed manifest."""
        with self.store.client.get_object("models", f"{self.name}/manifest.json") as response:
            return dict(json.loads(response.data))


@pytest.fixture
def prefix(store: Store, tmp_path: Path) -> Prefix:
    return Prefix(store, store_options(store, tmp_path), f"results/{uuid.uuid4()}")


def done(committed: Committed | Failure) -> Committed:
    assert isinstance(committed, Committed), committed
    return committed


def refused(committed: Committed | Failure) -> Failure:
    assert isinstance(committed, Failure), committed
    return committed


def test_the_manifest_of_the_attempt_becomes_the_result(prefix: Prefix) -> None:
    job = prefix.ifcjob()
    report = prefix.run(job, fieldOfANewerRunner=[1])
    folder = f"{job.metadata.uid[:8]}-1"
    committed = done(prefix.commit(job, 1, report))
    assert committed.result.manifest == f"s3://models/{prefix.name}/{folder}/manifest.json"
    assert committed.result.manifest_sha256 == report.manifest_sha256
    assert committed.result.summary == SUMMARY
    assert committed.input_sha256 == "a" * 64
    top = prefix.top()
    assert (top["folder"], top["ifcjob"], top["uid"]) == (f"{folder}/", "bim/house", job.metadata.uid)
    assert top["summary"]["triangles"] == 84
    assert top["fieldOfANewerRunner"] == [1]
    assert Manifest.model_validate(top).input.sha256 == committed.input_sha256


def test_committing_again_gives_the_same_result(prefix: Prefix) -> None:
    job = prefix.ifcjob()
    report = prefix.run(job)
    first = done(prefix.commit(job, 1, report))
    assert done(prefix.commit(job, 1, report)).result == first.result


def test_the_first_attempt_committed_counts(prefix: Prefix) -> None:
    job = prefix.ifcjob()
    reports = {number: prefix.run(job, number) for number in (1, 2)}
    done(prefix.commit(job, 2, reports[2]))
    late = done(prefix.commit(job, 1, reports[1]))
    assert late.result.manifest.endswith("-2/manifest.json")
    assert late.result.manifest_sha256 == reports[2].manifest_sha256
    assert late.result.summary == SUMMARY
    assert prefix.top()["folder"].endswith("-2/")


def test_of_two_simultaneous_commits_one_counts(prefix: Prefix) -> None:
    job = prefix.ifcjob()
    reports = {number: prefix.run(job, number) for number in range(1, 9)}

    async def all_at_once(store: ObjectStore) -> list[Committed | Failure]:
        return await asyncio.gather(*(commit(store, RUNNER, job, number, report) for number, report in reports.items()))

    results = {done(committed).result.manifest for committed in ask(prefix.options, all_at_once)}
    assert len(results) == 1
    assert f"{prefix.name}/{prefix.top()['folder']}manifest.json" in results.pop()


def test_the_result_of_another_ifcjob_is_replaced_and_its_folder_stays(prefix: Prefix) -> None:
    old, new = prefix.ifcjob("old"), prefix.ifcjob("new")
    former = done(prefix.commit(old, 1, prefix.run(old)))
    done(prefix.commit(new, 1, prefix.run(new)))
    assert prefix.top()["ifcjob"] == "bim/new"
    bucket, _, key = former.result.manifest.removeprefix("s3://").partition("/")
    assert prefix.store.client.stat_object(bucket, key).size


def test_ifcjobs_that_commit_to_the_same_prefix_at_once_all_succeed(prefix: Prefix) -> None:
    jobs = [prefix.ifcjob(f"job-{number}") for number in range(3)]
    reports = [prefix.run(job) for job in jobs]

    async def all_at_once(store: ObjectStore) -> list[Committed | Failure]:
        return await asyncio.gather(
            *(commit(store, RUNNER, job, 1, report) for job, report in zip(jobs, reports, strict=True))
        )

    committed = [done(result).result.manifest for result in ask(prefix.options, all_at_once)]
    assert len(set(committed)) == 3
    assert f"s3://models/{prefix.name}/{prefix.top()['folder']}manifest.json" in committed


def test_a_write_by_another_ifcjob_during_the_commit_is_detected(
    prefix: Prefix, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store in the middle of another writer's change refuses ours, and the next try sees theirs."""
    old, new = prefix.ifcjob("old"), prefix.ifcjob("new")
    report, other = prefix.run(new), prefix.run(old)
    put, conditions = ObjectStore.put, []

    async def watched(store: ObjectStore, bucket: str, key: str, body: bytes, condition: Mapping[str, str]) -> Answer:
        conditions.append(dict(condition))
        if len(conditions) == 1:
            monkeypatch.setattr(ObjectStore, "put", put)
            done(await commit(store, RUNNER, old, 1, other))
            monkeypatch.setattr(ObjectStore, "put", watched)
        return await put(store, bucket, key, body, condition)

    monkeypatch.setattr(ObjectStore, "put", watched)
    done(prefix.commit(new, 1, report))
    assert [list(condition) for condition in conditions] == [["If-None-Match"], ["If-Match"]]
    assert prefix.top()["ifcjob"] == "bim/new"


def test_a_foreign_file_in_place_of_the_manifest_is_replaced(prefix: Prefix) -> None:
    prefix.store.client.put_object("models", f"{prefix.name}/manifest.json", io.BytesIO(b"not json"), 8)
    job = prefix.ifcjob()
    done(prefix.commit(job, 1, prefix.run(job)))
    assert prefix.top()["uid"] == job.metadata.uid


def test_a_committed_attempt_without_artifacts_does_not_count(prefix: Prefix) -> None:
    job = prefix.ifcjob()
    reports = {number: prefix.run(job, number) for number in (1, 2)}
    done(prefix.commit(job, 1, reports[1]))
    prefix.store.client.remove_object("models", f"{prefix.name}/{job.metadata.uid[:8]}-1/manifest.json")
    assert done(prefix.commit(job, 2, reports[2])).result.manifest.endswith("-2/manifest.json")
    assert prefix.top()["folder"].endswith("-2/")


def test_a_store_without_conditional_writes_is_read_first(prefix: Prefix, monkeypatch: pytest.MonkeyPatch) -> None:
    put = ObjectStore.put

    async def simple(store: ObjectStore, bucket: str, key: str, body: bytes, condition: Mapping[str, str]) -> Answer:
        return await put(store, bucket, key, body, {}) if not condition else Answer(501, {}, code="NotImplemented")

    monkeypatch.setattr(ObjectStore, "put", simple)
    job, other = prefix.ifcjob(), prefix.ifcjob("other")
    reports = {number: prefix.run(job, number) for number in (1, 2)}
    done(prefix.commit(job, 1, reports[1]))
    assert done(prefix.commit(job, 2, reports[2])).result.manifest.endswith("-1/manifest.json")
    done(prefix.commit(other, 1, prefix.run(other)))
    assert prefix.top()["ifcjob"] == "bim/other"


def test_a_manifest_that_differs_from_the_reported_one_is_rejected(prefix: Prefix) -> None:
    job = prefix.ifcjob()
    report = prefix.run(job)
    prefix.run(job, tampered=True)
    failure = refused(prefix.commit(job, 1, report))
    assert failure.reason == FailureReason.OUTPUT_REJECTED
    assert str(report.manifest_sha256) in failure.message


def test_a_missing_manifest_is_rejected(prefix: Prefix) -> None:
    failure = refused(prefix.commit(prefix.ifcjob(), 1, RunReport(outcome="Succeeded")))
    assert failure.reason == FailureReason.OUTPUT_REJECTED
    assert "does not exist" in failure.message


def test_the_manifest_replaces_a_lost_report(prefix: Prefix) -> None:
    job = prefix.ifcjob()
    report = prefix.run(job)
    committed = done(prefix.commit(job, 1, None))
    assert committed.result.manifest_sha256 == report.manifest_sha256
    assert committed.result.summary == Summary(
        coverage=CoverageCounts(expected=3, emitted=2, skipped=1, doubtful=1),
        input_bytes=100,
        artifact_bytes={"model.glb": 5},
    )


def test_an_unavailable_store_is_retryable(prefix: Prefix, tmp_path: Path) -> None:
    job = prefix.ifcjob()
    report = prefix.run(job)
    down = Prefix(prefix.store, store_options(prefix.store, tmp_path, endpoint="http://127.0.0.1:9"), prefix.name)
    assert refused(down.commit(job, 1, report)).reason == FailureReason.STORAGE_UNAVAILABLE
    done(prefix.commit(job, 1, report))


def test_an_output_that_denies_access_is_named(prefix: Prefix, tmp_path: Path) -> None:
    job = prefix.ifcjob()
    report = prefix.run(job)
    wrong = Prefix(prefix.store, store_options(prefix.store, tmp_path, secret="wrong"), prefix.name)
    failure = refused(wrong.commit(job, 1, report))
    assert failure.reason == FailureReason.OUTPUT_REJECTED
    assert "403" in failure.message


def test_the_runners_report_is_trusted_for_artifacts_on_a_volume() -> None:
    job = an_ifcjob(output={"pvc": {"claimName": "models", "path": "out/./house/"}})
    report = RunReport(outcome="Succeeded", summary=SUMMARY, manifest_sha256="b" * 64, input_sha256="c" * 64)
    committed = done(asyncio.run(commit(None, RUNNER, job, 2, report)))
    assert committed.result.manifest == f"pvc://models/out/house/{job.metadata.uid[:8]}-2/manifest.json"
    assert (committed.result.manifest_sha256, committed.input_sha256, committed.result.summary) == (
        "b" * 64,
        "c" * 64,
        SUMMARY,
    )
    assert done(asyncio.run(commit(None, RUNNER, job, 2, None))).input_sha256 is None


def test_the_content_key_uses_the_checksum_of_the_content_that_was_read() -> None:
    ifcjob = an_ifcjob(source={"pvc": {"claimName": "f", "path": "a.ifc"}}, output={"pvc": {"claimName": "r"}})
    report = RunReport(outcome="Succeeded", input_sha256="c" * 64, manifest_sha256="b" * 64)
    committed = done(asyncio.run(commit(None, RUNNER, ifcjob, 1, report)))
    source = ObservedInput(uri="pvc://f/a.ifc", sha256="c" * 64)
    assert committed.content_key == content_keys("bim", ifcjob.spec, source, RUNNER)[0]
    unknown = done(asyncio.run(commit(None, RUNNER, ifcjob, 1, None)))
    assert (unknown.input_sha256, unknown.content_key) == (None, None)


def test_the_default_prefix_is_the_ifcjobs_name(prefix: Prefix, tmp_path: Path) -> None:
    job = an_ifcjob("nameless")
    options = store_options(prefix.store, tmp_path, output_bucket="models")
    report = Prefix(prefix.store, options, "bim/nameless").run(job)
    committed = done(ask(options, lambda store: commit(store, RUNNER, job, 1, report)))
    assert committed.result.manifest == f"s3://models/bim/nameless/{job.metadata.uid[:8]}-1/manifest.json"
