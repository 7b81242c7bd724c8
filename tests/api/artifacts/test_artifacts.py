"""Artifacts through the API, from a folder and from a real S3 server: lists, links, ranges, caching and losses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from ifcjob.manifest import MANIFEST, MEDIA_TYPES
from ifcjob.resource import IfcJob
from ifcjob_api.live.state import Live
from ifcjob_backends.cluster.errors import NotFound
from ifcjob_backends.storage.objects import S3Objects
from ifcjob_catalog import Catalog, JobRecord
from ifcjob_catalog.schema import upgrade
from tests.support.async_tests import finish
from tests.support.object_stores import OpenStore, open_stores
from tests.support.operator_s3 import store_options
from tests.support.published import FOLDER, index, publish, sha256
from tests.support.s3 import Store as Server
from tests.support.upload_api import Replica, replica
from tools.cluster.control_plane import free_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

JOB = "/api/v1/namespaces/bim/jobs/house"
GLB = f"{JOB}/artifacts/model.glb"
CONTENT = bytes(range(256)) * 4096
HIDDEN = b"for nobody"
ARTIFACTS = {"model.glb": CONTENT, "metadata.json": b"{}"}
BY_SHA256 = f"{GLB}/{sha256(CONTENT)}"


class Forgotten:
    """Stands for a cluster without IfcJobs."""

    async def ask(self, *_: Any) -> Any:
        raise NotFound(404, "there is none")


@pytest.fixture(scope="module", params=["folder", "s3", "s3-through-the-api"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenStore]:
    with open_stores(request.param, tmp_path_factory.mktemp(request.param)) as open_store:
        yield open_store


def run(opened: OpenStore, test: Callable[[Replica], Awaitable[Any]], **parts: Any) -> Any:
    async def main() -> Any:
        async with opened() as store, replica(store, live=Live(), kubernetes=Forgotten(), **parts) as api:
            await publish(store, api.services.live, ARTIFACTS)
            return await test(api)

    return finish(main())


def test_tables_that_were_requested_are_artifacts_too(tmp_path: Path) -> None:
    tables = {name: name.encode() for name in ("elements.csv", "properties.csv", "properties.xlsx", "model.sqlite")}

    async def test(api: Replica) -> None:
        await publish(api.services.store, api.services.live, tables, "tables")
        listed = {item["name"]: item for item in (await api.get(f"{JOB[:-5]}tables/artifacts")).json()["items"]}
        for name, content in tables.items():
            answer = await api.get(listed[name]["contentUrl"])
            assert (answer.status_code, answer.content) == (200, content)
            assert answer.headers["content-type"].partition(";")[0] == MEDIA_TYPES[name].partition(";")[0]
            assert (await api.get(listed[name]["url"])).json()["fileName"] == f"Haus Süd-{name}"

    with open_stores("folder", tmp_path) as opened:
        run(opened, test)


def test_the_artifacts_of_a_job_are_listed(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        items = (await api.get(f"{JOB}/artifacts")).json()["items"]
        assert [item["name"] for item in items] == [MANIFEST, "metadata.json", "model.glb"]
        assert items[2] == {
            "name": "model.glb",
            "mediaType": "model/gltf-binary",
            "bytes": len(CONTENT),
            "sha256": sha256(CONTENT),
            "url": GLB,
            "contentUrl": BY_SHA256,
        }
        for item in items:
            answer = await api.get(item["contentUrl"])
            assert (answer.status_code, sha256(answer.content)) == (200, item["sha256"])

    run(opened, test)


def test_a_link_downloads_under_a_proper_name(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        link = (await api.get(GLB)).json()
        assert (link["fileName"], link["bytes"]) == ("Haus Süd-model.glb", len(CONTENT))
        if link["url"].startswith("/"):
            assert "expiresAt" not in link
            answer = await api.get(link["url"])
        else:
            assert datetime.fromisoformat(link["expiresAt"]) > datetime.now(UTC)
            async with httpx.AsyncClient() as browser:
                answer = await browser.get(link["url"])
        assert answer.content == CONTENT
        assert answer.headers["Content-Type"] == "model/gltf-binary"
        expected = "attachment; filename=\"Haus S_d-model.glb\"; filename*=UTF-8''Haus%20S%C3%BCd-model.glb"
        assert answer.headers["Content-Disposition"] == expected

    run(opened, test)


@pytest.mark.parametrize(
    ("header", "status", "start", "end"),
    [
        ("bytes=0-99", 206, 0, 100),
        ("bytes=1000000-", 206, 1_000_000, len(CONTENT)),
        ("bytes=-7", 206, len(CONTENT) - 7, len(CONTENT)),
        ("bytes=0-1,5-6", 200, 0, len(CONTENT)),
        ("nonsense", 200, 0, len(CONTENT)),
    ],
)
def test_a_range_is_answered_with_its_bytes(opened: OpenStore, header: str, status: int, start: int, end: int) -> None:
    async def test(api: Replica) -> None:
        answer = await api.get(f"{GLB}/content", headers={"Range": header})
        assert (answer.status_code, answer.content) == (status, CONTENT[start:end])
        assert answer.headers["Content-Length"] == str(end - start)
        expected = f"bytes {start}-{end - 1}/{len(CONTENT)}" if status == 206 else None
        assert answer.headers.get("Content-Range") == expected
        assert answer.headers["Accept-Ranges"] == "bytes"

    run(opened, test)


def test_a_range_behind_the_end_is_not_satisfiable(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        answer = await api.get(f"{GLB}/content", headers={"Range": f"bytes={len(CONTENT)}-"})
        assert (answer.status_code, answer.json()["code"]) == (416, "RangeNotSatisfiable")
        assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"

    run(opened, test)


def test_validators_answer_with_304_and_choose_between_part_and_whole(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        etag = (await api.head(f"{GLB}/content")).headers["ETag"]
        assert etag == f'"{sha256(CONTENT)}"'
        for tags in (etag, f'"other", W/{etag}', "*"):
            answer = await api.get(f"{GLB}/content", headers={"If-None-Match": tags})
            assert (answer.status_code, answer.content) == (304, b"")
        assert (await api.get(f"{GLB}/content", headers={"If-None-Match": '"other"'})).status_code == 200
        part = {"Range": "bytes=0-9"}
        same = await api.get(f"{GLB}/content", headers=part | {"If-Range": etag})
        other = await api.get(f"{GLB}/content", headers=part | {"If-Range": '"other"'})
        dated = await api.get(f"{GLB}/content", headers=part | {"If-Range": "Mon, 30 Nov 2026 08:00:00 GMT"})
        assert [answer.status_code for answer in (same, other, dated)] == [206, 200, 200]

    run(opened, test)


def test_head_has_the_headers_without_the_body(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        answer = await api.head(BY_SHA256)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["Content-Length"] == str(len(CONTENT))

    run(opened, test)


@pytest.mark.parametrize(("public", "scope"), [(False, "private"), (True, "public")], ids=["private", "public"])
def test_content_by_checksum_is_immutable(opened: OpenStore, public: bool, scope: str) -> None:  # noqa: FBT001 - a setting
    async def test(api: Replica) -> None:
        answer = await api.get(BY_SHA256)
        assert answer.headers["Cache-Control"] == f"{scope}, max-age=31536000, immutable"
        assert (await api.get(f"{GLB}/content")).headers["Cache-Control"] == "private, no-cache"
        other = await api.get(f"{GLB}/{'0' * 64}")
        assert (other.status_code, other.json()["code"]) == (404, "ArtifactNotFound")

    run(opened, test, public_artifacts=public)


@pytest.mark.parametrize(
    "name",
    ["../../secret", "..%2f..%2fsecret", "%2e%2e", "secret.json", "upload.json", "model.glb%00", "é.glb", "x" * 300],
)
def test_another_name_is_never_read(opened: OpenStore, name: str) -> None:
    async def test(api: Replica) -> None:
        await api.services.store.put("models", "bim/house/secret.json", HIDDEN, "text/plain")
        await api.services.store.put("models", f"{FOLDER}/secret.json", HIDDEN, "text/plain")
        for place in (name, f"{name}/content", f"{name}/{sha256(HIDDEN)}"):
            answer = await api.get(f"{JOB}/artifacts/{place}")
            assert answer.status_code in (404, 422)
            assert HIDDEN not in answer.content

    run(opened, test)


def test_a_manifest_with_other_names_is_not_trusted(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        await publish(api.services.store, Live(), ARTIFACTS | {"../../secret": b"x"})
        index(api.services.live, "hostile", phase="Succeeded", result={"manifest": f"s3://models/{FOLDER}/{MANIFEST}"})
        answer = await api.get(f"{JOB.replace('house', 'hostile')}/artifacts")
        assert (answer.status_code, answer.json()["code"]) == (502, "ArtifactCorrupt")

    run(opened, test)


def test_a_lost_artifact_is_gone_with_a_hint(opened: OpenStore) -> None:
    async def test(api: Replica) -> None:
        await api.services.store.put("models", f"{FOLDER}/metadata.json", b"replaced", "text/plain")
        await api.services.store.delete("models", f"{FOLDER}/model.glb")
        for place in (GLB, f"{GLB}/content", BY_SHA256, f"{JOB}/artifacts/metadata.json/content"):
            answer = await api.get(place)
            assert (answer.status_code, answer.json()["code"]) == (410, "ArtifactMissing")
            assert "retry the job" in answer.json()["detail"]
        assert (await api.get(f"{JOB}/artifacts")).status_code == 200

    run(opened, test)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"phase": "Running"}, (409, "JobNotFinished")),
        ({"phase": "Failed", "finishedAt": "2026-11-30T08:00:09Z"}, (404, "NoArtifacts")),
        (
            {"phase": "Succeeded", "result": {"manifest": "pvc://data/bim/house/1/manifest.json"}},
            (409, "ArtifactsElsewhere"),
        ),
        (
            {"phase": "Succeeded", "result": {"manifest": "s3://models/bim/gone/manifest.json"}},
            (410, "ArtifactMissing"),
        ),
    ],
    ids=["running", "failed", "on-a-volume", "no-manifest"],
)
def test_a_job_without_artifacts_says_why(opened: OpenStore, status: dict[str, Any], expected: tuple[int, str]) -> None:
    async def test(api: Replica) -> None:
        index(api.services.live, "other", **status)
        answer = await api.get(f"{JOB.replace('house', 'other')}/artifacts")
        assert (answer.status_code, answer.json()["code"]) == expected
        assert (await api.get(f"{JOB}x/artifacts")).status_code == 404

    run(opened, test)


def test_artifacts_of_a_deleted_job_are_found_by_the_history(opened: OpenStore, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/history.db"
    upgrade(url)
    catalog = Catalog.open(url)

    async def test(api: Replica) -> None:
        item = await publish(api.services.store, Live(), ARTIFACTS, "deleted")
        missing = await api.get(f"{JOB.replace('house', 'deleted')}/artifacts")
        assert missing.status_code == 404
        await catalog.record([JobRecord(IfcJob.model_validate(item), deleted_at=datetime.now(UTC))])
        answer = await api.get(f"{JOB.replace('house', 'deleted')}/artifacts/model.glb/content")
        assert answer.content == CONTENT

    try:
        run(opened, test, catalog=catalog)
    finally:
        catalog.close()


def test_a_store_that_is_down_is_503_until_it_is_back(tmp_path: Path) -> None:
    server = Server(None, "models", f"http://127.0.0.1:{free_port()}", "key", "secret")  # type: ignore[arg-type]

    async def main() -> None:
        async with S3Objects(store_options(server, tmp_path)) as store, replica(store, live=Live()) as api:
            result = {"manifest": f"s3://models/{FOLDER}/{MANIFEST}"}
            index(api.services.live, phase="Succeeded", result=result)
            begin = {"fileName": "a.ifc", "size": 5}
            answers = [
                await api.get(f"{JOB}/artifacts"),
                await api.get(BY_SHA256),
                await api.post("/api/v1/namespaces/bim/uploads", json=begin),
            ]
            for answer in answers:
                assert (answer.status_code, answer.json()["code"]) == (503, "StorageUnavailable")
                assert int(answer.headers["Retry-After"]) > 0
                assert answer.json()["retryable"] is True

    finish(main())
