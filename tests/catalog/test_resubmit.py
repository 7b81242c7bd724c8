"""Selection of the IfcJobs to resubmit, with unchanged specs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ifcjob.resource import IfcJob
from ifcjob_catalog import JobRecord
from ifcjob_catalog.connection import database_url, engine_for
from ifcjob_catalog.recording import record
from ifcjob_catalog.resubmit import Selection, to_resubmit
from tests.architecture.tracked import ROOT
from tests.catalog.records import succeeded
from tests.support.builders import ago, an_ifcjob, running

if TYPE_CHECKING:
    from datetime import datetime

    from ifcjob.status import IfcJobStatus
    from tools.cluster.control_plane import ControlPlane

FAILED = succeeded(phase="Failed", result=None, finished_at=ago(60))
CANCELLED = succeeded(phase="Cancelled", result=None, finished_at=ago(60))


def job(name: str, status: IfcJobStatus | None = None, *, uid: str = "", made: float = 600, **fields: Any) -> JobRecord:
    """Return a record of a named IfcJob with an age in seconds."""
    version, deleted_at = fields.pop("version", 1), fields.pop("deleted_at", None)
    given = {"namespace": "bim"} | fields.pop("metadata", {})
    ifcjob = an_ifcjob(name, status=status, **fields)
    given |= {"uid": uid or f"uid-{name}", "resource_version": str(version), "creation_timestamp": ago(made)}
    return JobRecord(
        ifcjob.model_copy(update={"metadata": ifcjob.metadata.model_copy(update=given)}), deleted_at=deleted_at
    )


def resubmitted(url: str, *records: JobRecord, **options: Any) -> list[dict[str, Any]]:
    engine = engine_for(database_url(url))
    try:
        with engine.begin() as connection:
            record(connection, records)
            return to_resubmit(connection, Selection(**options))
    finally:
        engine.dispose()


def names(url: str, *records: JobRecord, **options: Any) -> list[str]:
    return [manifest["metadata"]["name"] for manifest in resubmitted(url, *records, **options)]


def every_kind() -> list[JobRecord]:
    return [
        job("waits", made=500),
        job("runs", running(), made=400),
        job("held", suspend=True, made=300),
        job("done", succeeded()),
        job("broken", FAILED, made=700),
        job("stopped", CANCELLED),
        job("stopping", running(), made=550, cancel=True),
        job("removed", running(), made=700, deleted_at=ago(5)),
        job("elsewhere", metadata={"namespace": "other"}, made=200),
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["waits", "runs", "held", "elsewhere"]),
        ({"namespaces": ["bim"]}, ["waits", "runs", "held"]),
        ({"namespaces": ["other", "third"]}, ["elsewhere"]),
        ({"failed": True}, ["broken", "waits", "runs", "held", "elsewhere"]),
        ({"deleted": True}, ["removed", "waits", "runs", "held", "elsewhere"]),
        ({"uids": ["uid-done", "uid-stopping"]}, ["done", "stopping"]),
    ],
)
def test_resubmit_lists_unfinished_jobs_oldest_first(url: str, options: dict[str, Any], expected: list[str]) -> None:
    assert names(url, *every_kind(), **options) == expected


@pytest.mark.parametrize(
    ("since", "expected"),
    [(ago(250), ["runs", "broken", "young"]), (ago(59), ["runs"]), (ago(700), ["old", "runs", "broken", "young"])],
)
def test_since_compares_with_the_last_event(url: str, since: datetime, expected: list[str]) -> None:
    jobs = [
        job("old", made=650),
        job("runs", running(seconds=30)),
        job("broken", FAILED, made=500),
        job("young", made=100),
    ]
    assert names(url, *jobs, since=since, failed=True) == expected


def test_resubmitted_job_is_not_resubmitted_again(url: str) -> None:
    lost = job("house", running(), uid="lost", made=600, version=900)
    assert names(url, lost) == ["house"]
    # A new cluster restarts its resource versions.
    again = job("house", uid="again", made=60, version=5)
    assert resubmitted(url, again) == resubmitted(url) != []
    assert len(resubmitted(url)) == 1, "one of the two rows of this name"
    assert names(url, job("house", succeeded(), uid="again", made=60, version=9)) == []
    assert names(url, failed=True) == []
    assert names(url, job("house", FAILED, uid="within-a-second", made=60, version=20), failed=True) == ["house"]
    assert names(url, job("house", uid="namesake", metadata={"namespace": "other"})) == ["house"]


def test_named_job_runs_even_if_cancelled_or_finished(url: str) -> None:
    (again,) = resubmitted(url, job("house", CANCELLED, cancel=True), uids=["uid-house"], refresh=True)
    assert "cancel" not in again["spec"]
    assert again["spec"]["cache"] == "Refresh"
    (again,) = resubmitted(url, job("off", cache="Off"), uids=["uid-off"], refresh=True)
    assert again["spec"]["cache"] == "Off", "an IfcJob that offers no result keeps this setting"


def test_resubmit_keeps_labels_and_annotations_except_kubectls(url: str) -> None:
    last = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
    metadata = {"labels": {"team": "blue"}, "annotations": {"example.com/ticket": "7"} | last}
    (again, bare) = resubmitted(
        url, job("house", metadata=metadata), job("bare", made=9, metadata={"annotations": last})
    )
    assert again["metadata"] == {
        "name": "house",
        "namespace": "bim",
        "labels": {"team": "blue"},
        "annotations": {"example.com/ticket": "7"},
    }
    assert bare["metadata"] == {"name": "bare", "namespace": "bim"}


EXAMPLES = sorted((ROOT / "examples").glob("ifcjob*.yaml"))


def test_api_server_accepts_resubmitted_jobs_unchanged(url: str, api_server: ControlPlane) -> None:
    given = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in EXAMPLES]
    given.append(
        {**given[0], "metadata": {"name": "bare"}, "spec": {"source": {"http": {"url": "https://a.example/b.ifc"}}}}
    )
    text = "\n".join(
        json.dumps({**manifest, "metadata": manifest["metadata"] | {"namespace": "default"}}) for manifest in given
    )
    applied = api_server.kubectl("apply", "-f", "-", stdin=text)
    assert applied.returncode == 0, applied.stderr
    existing = json.loads(api_server.kubectl("get", "ifcjobs", "-n", "default", "-o", "json").stdout)["items"]
    assert len(existing) == len(given)
    text = "\n".join(
        map(
            json.dumps,
            resubmitted(
                url, *(JobRecord(IfcJob.model_validate(manifest), spec=manifest["spec"]) for manifest in existing)
            ),
        )
    )
    reapplied = api_server.kubectl("apply", "-f", "-", stdin=text)
    assert reapplied.returncode == 0, reapplied.stderr
    assert reapplied.stdout.count("unchanged") + reapplied.stdout.count("configured") == len(given), reapplied.stdout
    before = {
        manifest["metadata"]["name"]: (manifest["metadata"]["uid"], manifest["metadata"]["generation"])
        for manifest in existing
    }
    api_server.kubectl("delete", "ifcjobs", "-n", "default", "--all")
    created = api_server.kubectl("create", "-f", "-", stdin=text)
    assert created.returncode == 0, created.stderr
    back = json.loads(api_server.kubectl("get", "ifcjobs", "-n", "default", "-o", "json").stdout)["items"]
    specs = [{manifest["metadata"]["name"]: manifest["spec"] for manifest in items} for items in (existing, back)]
    assert specs[0] == specs[1]
    assert all(manifest["metadata"]["uid"] != before[manifest["metadata"]["name"]][0] for manifest in back)
