"""The local API server: what is written is kept, conflicts are found, watches and garbage collection work."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob_backends.cluster.errors import AlreadyExists, ClusterUnavailable, Conflict, Expired, NotFound, Refused
from ifcjob_backends.cluster.objects import APPLY_PATCH
from ifcjob_backends.local.api_server.database import NewerData
from ifcjob_backends.local.api_server.objects import Change, ObjectTable
from ifcjob_backends.local.api_server.server import LocalApiServer
from tests.support.async_tests import finish
from tests.support.manifests import ifcjob_manifest, ifcqueue_manifest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from ifcjob_backends.cluster.objects import KubeObject

IFCJOBS = "/apis/ifcjob.io/v1alpha1/namespaces/bim/ifcjobs"
QUEUES = "/apis/ifcjob.io/v1alpha1/namespaces/bim/ifcqueues"
JOBS = "/apis/batch/v1/namespaces/bim/jobs"
PODS = "/api/v1/namespaces/bim/pods"
SECRETS = "/api/v1/namespaces/bim/secrets"


@asynccontextmanager
async def opened(folder: Path, **options: Any) -> AsyncIterator[LocalApiServer]:
    async with LocalApiServer(folder / "state.db", folder / "logs", **options) as server:
        yield server


def owned_by(owner: KubeObject, name: str, **fields: Any) -> KubeObject:
    reference = {"kind": owner["kind"], "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"]}
    return {"metadata": {"name": name, "ownerReferences": [reference]}, **fields}


async def job_with_pod(server: LocalApiServer) -> tuple[KubeObject, KubeObject]:
    job = await server.ask("POST", JOBS, {"metadata": {"name": "a"}, "spec": {}})
    pod = owned_by(job, "a-x", spec={"terminationGracePeriodSeconds": 5}, status={"phase": "Running"})
    return job, await server.ask("POST", PODS, pod)


def test_objects_survive_a_restart(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            created = await server.ask("POST", IFCJOBS, ifcjob_manifest())
            changed = await server.ask("PATCH", f"{IFCJOBS}/house/status", {"status": {"phase": "Running"}})
        async with opened(tmp_path) as server:
            kept = await server.ask("GET", f"{IFCJOBS}/house")
            later = await server.ask("POST", IFCJOBS, ifcjob_manifest("other"))
        assert kept == changed
        assert kept["metadata"]["uid"] == created["metadata"]["uid"]
        assert int(later["metadata"]["resourceVersion"]) > int(kept["metadata"]["resourceVersion"])

    finish(main())


def test_a_taken_name_is_refused(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            results = await asyncio.gather(
                *(server.ask("POST", IFCJOBS, ifcjob_manifest()) for _ in range(3)), return_exceptions=True
            )
            assert [type(result) for result in results] == [dict, AlreadyExists, AlreadyExists]
            with pytest.raises(NotFound, match=r'ifcjobs\.ifcjob\.io "other" not found'):
                await server.ask("GET", f"{IFCJOBS}/other")

    finish(main())


def test_of_two_writes_for_one_version_the_second_conflicts(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            created = await server.ask("POST", IFCJOBS, ifcjob_manifest())
            version = created["metadata"]["resourceVersion"]
            patches = [
                {"metadata": {"resourceVersion": version}, "status": {"phase": phase}}
                for phase in ("Running", "Failed")
            ]
            results = await asyncio.gather(
                *(server.ask("PATCH", f"{IFCJOBS}/house/status", patch) for patch in patches), return_exceptions=True
            )
            assert isinstance(results[1], Conflict)
            assert (await server.ask("GET", f"{IFCJOBS}/house"))["status"] == {"phase": "Running"}
            with pytest.raises(Conflict):
                await server.ask("DELETE", f"{IFCJOBS}/house", {"preconditions": {"uid": "another"}})

    finish(main())


def test_spec_and_status_are_written_apart(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            await server.ask("POST", IFCJOBS, ifcjob_manifest() | {"status": {"phase": "Succeeded"}})
            patch = {"spec": {"priority": 3}, "status": {"phase": "Running"}}
            status = await server.ask("PATCH", f"{IFCJOBS}/house/status", patch)
            assert (status["spec"]["priority"], status["status"]["phase"]) == (0, "Running")
            assert status["metadata"]["generation"] == 1
            spec = await server.ask("PATCH", f"{IFCJOBS}/house", {"spec": {"priority": 3}, "status": None})
            assert (spec["spec"]["priority"], spec["status"]["phase"]) == (3, "Running")
            assert spec["metadata"]["generation"] == 2
            same = await server.ask("PATCH", f"{IFCJOBS}/house", {"spec": {"priority": 3}})
            assert same == spec, "a patch that changes nothing is not a new version"
            with pytest.raises(Refused, match="queue is immutable"):
                await server.ask("PATCH", f"{IFCJOBS}/house", {"spec": {"queue": "other"}})

    finish(main())


def test_lists_have_pages_and_selectors(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            for name in ("c", "a", "b"):
                manifest = ifcjob_manifest(name)
                manifest["metadata"]["labels"] = {"team": name}
                await server.ask("POST", IFCJOBS, manifest)
            first = await server.ask("GET", f"{IFCJOBS}?limit=2")
            rest = await server.ask("GET", f"{IFCJOBS}?limit=2&continue={first['metadata']['continue']}")
            names = [item["metadata"]["name"] for item in (*first["items"], *rest["items"])]
            assert names == ["a", "b", "c"]
            assert "continue" not in rest["metadata"]
            selected = [item async for item in server.pages(IFCJOBS, labelSelector="team!=b,team")]
            assert [item["metadata"]["name"] for item in selected] == ["a", "c"]
            by_field = [item async for item in server.pages(IFCJOBS, fieldSelector="metadata.name=b")]
            assert [item["metadata"]["name"] for item in by_field] == ["b"]
            elsewhere = [item async for item in server.pages(IFCJOBS.replace("/bim/", "/other/"))]
            assert elsewhere == []

    finish(main())


def test_a_watch_delivers_the_changes_after_a_version(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            await server.ask("POST", IFCJOBS, ifcjob_manifest("early"))
            version = (await server.ask("GET", IFCJOBS))["metadata"]["resourceVersion"]
            await server.ask("POST", IFCJOBS, ifcjob_manifest())
            await server.ask("POST", QUEUES, ifcqueue_manifest())
            watch = server.watch(IFCJOBS, version)
            seen = [await anext(watch)]
            waiting = asyncio.ensure_future(anext(watch))
            await server.ask("PATCH", f"{IFCJOBS}/house", {"spec": {"suspend": True}})
            seen.append(await waiting)
            await server.ask("DELETE", f"{IFCJOBS}/house", {})
            seen.append(await anext(watch))
        assert [kind for kind, _ in seen] == ["ADDED", "MODIFIED", "DELETED"]
        assert {item["metadata"]["name"] for _, item in seen} == {"house"}
        versions = [int(item["metadata"]["resourceVersion"]) for _, item in seen]
        assert versions == sorted(set(versions))

    finish(main())


def test_a_watch_with_a_selector_shows_objects_that_come_and_go(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            await server.ask("POST", IFCJOBS, ifcjob_manifest())
            watch = server.watch(IFCJOBS, "1", labelSelector="team=a")
            for team in ("a", "b"):
                await server.ask("PATCH", f"{IFCJOBS}/house", {"metadata": {"labels": {"team": team}}})
            assert [(await anext(watch))[0] for _ in range(2)] == ["ADDED", "DELETED"]

    finish(main())


def test_a_watch_from_a_forgotten_version_has_expired() -> None:
    async def main() -> None:
        table = ObjectTable(max_changes=2)
        for version in (1, 2, 3):
            item = {"metadata": {"namespace": "bim", "name": str(version)}}
            table.publish([Change(version, "ADDED", "ifcjobs", item, None)])
        with pytest.raises(Expired):
            await anext(table.changes_after(0, 1))
        assert (change := await anext(table.changes_after(1, 1))) is not None
        assert change.version == 2

    finish(main())


def test_deleting_an_owner_deletes_what_it_owns(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            ifcjob = await server.ask("POST", IFCJOBS, ifcjob_manifest())
            job = await server.ask("POST", JOBS, owned_by(ifcjob, "house-1", spec={}))
            await server.ask("POST", SECRETS, owned_by(job, "house-1", stringData={"a": "b"}))
            assert (await server.ask("GET", f"{SECRETS}/house-1"))["data"] == {"a": "Yg=="}
            await server.ask("DELETE", f"{IFCJOBS}/house", {})
            for path in (IFCJOBS, JOBS, SECRETS):
                assert [item async for item in server.pages(path)] == []
            await server.ask("POST", JOBS, owned_by(ifcjob, "house-2", spec={}))
            assert [item async for item in server.pages(JOBS)] == [], "its owner is gone"

    finish(main())


def test_a_job_deleted_in_the_foreground_stays_until_its_pod_is_gone(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            await job_with_pod(server)
            await server.ask("DELETE", f"{JOBS}/a", {"propagationPolicy": "Foreground"})
            assert "deletionTimestamp" in (await server.ask("GET", f"{JOBS}/a"))["metadata"]
            pod = await server.ask("GET", f"{PODS}/a-x")
            assert pod["metadata"]["deletionGracePeriodSeconds"] == 5
            await server.ask("DELETE", f"{PODS}/a-x", {"gracePeriodSeconds": 0})
            with pytest.raises(NotFound):
                await server.ask("GET", f"{JOBS}/a")

    finish(main())


def test_a_job_deleted_in_the_background_leaves_a_terminating_pod(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            await job_with_pod(server)
            await server.ask("DELETE", f"{JOBS}/a", {"propagationPolicy": "Background"})
            with pytest.raises(NotFound):
                await server.ask("GET", f"{JOBS}/a")
            assert "deletionTimestamp" in (await server.ask("GET", f"{PODS}/a-x"))["metadata"]

    finish(main())


def test_apply_creates_and_merges(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path, queue_defaults={"slots": 3}) as server:
            path = f"{QUEUES}/default?fieldManager=me"
            created = await server.ask("PATCH", path, ifcqueue_manifest(), APPLY_PATCH)
            assert created["spec"]["slots"] == 3
            merged = await server.ask("PATCH", path, ifcqueue_manifest(stopPolicy="Hold"), APPLY_PATCH)
            assert (merged["spec"]["slots"], merged["spec"]["stopPolicy"]) == (3, "Hold")
            with pytest.raises(Refused, match="does not have the subresource scale"):
                await server.ask("PATCH", f"{QUEUES}/default/scale", {"spec": {"replicas": 7}})

    finish(main())


def test_a_write_that_the_disk_refuses_changes_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            await server.ask("POST", IFCJOBS, ifcjob_manifest())
            assert server._database is not None
            server._database._connection.execute("PRAGMA query_only = ON")
            with pytest.raises(ClusterUnavailable, match="cannot be written"):
                await server.ask("POST", IFCJOBS, ifcjob_manifest("other"))
            assert [item["metadata"]["name"] async for item in server.pages(IFCJOBS)] == ["house"]
            server._database._connection.execute("PRAGMA query_only = OFF")
            await server.ask("POST", IFCJOBS, ifcjob_manifest("other"))

    finish(main())


def test_the_file_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "state.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    async def main() -> None:
        with pytest.raises(NewerData, match="has format 99"):
            async with opened(tmp_path):
                pass

    finish(main())


def test_an_answer_can_be_changed_without_changing_the_object(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            created = await server.ask("POST", IFCJOBS, ifcjob_manifest())
            created["spec"]["queue"] = "other"
            [item] = [item async for item in server.pages(IFCJOBS)]
            item["spec"]["queue"] = "another"
            assert (await server.ask("GET", f"{IFCJOBS}/house"))["spec"]["queue"] == "default"

    finish(main())


@pytest.mark.parametrize("field", ["source", "output"])
def test_volumes_are_refused(tmp_path: Path, field: str) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            volume = {"pvc": {"claimName": "models", "path": "a.ifc"}}
            with pytest.raises(Refused, match=rf"spec\.{field}\.pvc: Forbidden: one machine has no PVCs"):
                await server.ask("POST", IFCJOBS, ifcjob_manifest("house", **{field: volume}))

    finish(main())


@pytest.mark.parametrize("path", ["/api/v1/nodes", "/apis/apps/v1/namespaces/bim/deployments", "/version"])
def test_other_resources_are_not_found(tmp_path: Path, path: str) -> None:
    async def main() -> None:
        async with opened(tmp_path) as server:
            with pytest.raises(NotFound, match="does not have"):
                await server.ask("GET", path)

    finish(main())
