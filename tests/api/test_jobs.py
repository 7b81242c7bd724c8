"""Jobs through the API, on a real API server: create, list, get, change and delete."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ifcjob.resource import FORMER_RESOURCES, IfcJob
from ifcjob_backends.storage.folder import FolderObjects
from tests.support.api import running_api
from tests.support.async_tests import finish, until
from tests.support.manifests import as_text, ifcjob_manifest

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cluster.control_plane import ControlPlane

UPLOADED = (
    b"ISO-10303-21;HEADER;FILE_DESCRIPTION((''),'2;1');FILE_NAME('','',(''),(''),'','','');FILE_SCHEMA(('IFC4'));"
    b"ENDSEC;DATA;#1=IFCPERSON($,$,$,$,$,$,$,$);ENDSEC;END-ISO-10303-21;"
)
HOUSE = {"source": {"s3Uri": "s3://models/projects/7/house.ifc"}}


def test_a_created_job_is_an_ifcjob_of_its_user(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api:
            body = HOUSE | {"operations": {"gltf": {"compression": "meshopt"}}, "labels": {"project": "tower"}}
            answer = await api.post(f"/namespaces/{namespace}/jobs", json=body)
            assert answer.status_code == 201, answer.text
            job = IfcJob.model_validate(answer.json())
            assert answer.headers["Location"] == f"/api/v1/namespaces/{namespace}/jobs/{job.metadata.name}"
            assert job.spec.source.s3 is not None
            assert job.spec.source.s3.key == "projects/7/house.ifc"
            assert job.spec.operations.gltf is not None
            assert job.metadata.labels == {"project": "tower"}
            assert job.metadata.annotations == {"ifcjob.io/submitted-by": "local"}
            path = f"/apis/ifcjob.io/v1alpha1/namespaces/{namespace}/ifcjobs/{job.metadata.name}"
            stored = await api.kubernetes.ask("GET", path)
            assert stored["metadata"]["uid"] == job.metadata.uid
            again = await api.get(answer.headers["Location"].removeprefix("/api/v1"))
            assert again.json() == answer.json()

    finish(use())


def test_a_job_names_an_upload_by_id(namespace: str, tmp_path: Path) -> None:
    checksum = hashlib.sha256(UPLOADED).hexdigest()

    async def use() -> tuple[str, Any, Any]:
        async with running_api(namespace, store=FolderObjects(tmp_path)) as api:
            path = f"/namespaces/{namespace}"
            request = {"fileName": "House.ifc", "size": len(UPLOADED)}
            upload = (await api.post(f"{path}/uploads", json=request)).json()["id"]
            incomplete = await api.post(f"{path}/jobs", json={"source": {"upload": upload}})
            assert incomplete.json()["code"] == "UploadIncomplete"
            await api.put(f"{path}/uploads/{upload}/parts/1", content=UPLOADED)
            await api.post(f"{path}/uploads/{upload}/complete")
            created = await api.post(f"{path}/jobs", json={"source": {"upload": upload}})
            return upload, created.json(), (await api.post(f"{path}/jobs", json={"source": {"upload": "other"}})).json()

    upload, job, problem = finish(use())
    assert job["spec"]["source"]["s3"] == {"bucket": "ifcjob-uploads", "key": f"{namespace}/{upload}/source.ifc"}
    assert job["spec"]["source"]["sha256"] == checksum
    assert job["metadata"]["annotations"]["ifcjob.io/file-name"] == "House.ifc"
    assert problem["code"] == "UploadNotFound"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"source": {"s3Uri": "s3://secret/house.ifc"}}, 403, "BucketNotAllowed"),
        ({"source": {"s3Uri": "s3+archive://models/house.ifc"}}, 403, "BucketNotAllowed"),
        ({"source": {"s3Uri": "s3+://models/house.ifc"}}, 422, "InvalidRequest"),
        ({"source": {"s3Uri": "s3://ifcjob-uploads/other/house.ifc"}}, 403, "BucketNotAllowed"),
        ({"source": {"upload": "house"}}, 404, "UploadNotFound"),
        ({"source": {}}, 422, "InvalidRequest"),
        ({"source": {"upload": "a", "http": "https://example.com/a.ifc"}}, 422, "InvalidRequest"),
        ({"source": {"http": "file:///etc/passwd"}}, 422, "InvalidRequest"),
        (HOUSE | {"name": "../etc"}, 422, "InvalidRequest"),
        (HOUSE | {"prioritty": 1}, 422, "InvalidRequest"),
        (HOUSE | {"source": {"s3Uri": "s3://models/../secret.ifc"}}, 422, "RejectedByKubernetes"),
        (HOUSE | {"resources": {"memory": "1Mi"}}, 422, "RejectedByKubernetes"),
    ],
)
def test_an_invalid_request_creates_nothing(namespace: str, body: Any, status: int, code: str) -> None:
    async def use() -> Any:
        async with running_api(namespace) as api:
            answer = await api.post(f"/namespaces/{namespace}/jobs", json=body)
            listed = await api.get(f"/namespaces/{namespace}/jobs")
            assert listed.json()["total"] == 0
            return answer

    answer = finish(use())
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"operations": {"gtlf": {}}}, "/operations/gtlf"),
        ({"operations": {"gltf": {"includeclasses": ["IfcWall"]}}}, "/operations/gltf/includeclasses"),
        ({"operations": {"metadata": {"format": "csv"}}}, "/operations/metadata/format"),
        ({"retry": {"limits": 1}}, "/retry/limits"),
        ({"resources": {"mem": "1Gi"}}, "/resources/mem"),
        ({"coverage": {"minimun": 0.5}}, "/coverage/minimun"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistyped_nested_field_is_refused_with_its_place(namespace: str, fields: Any, pointer: str) -> None:
    async def use() -> list[Any]:
        async with running_api(namespace) as api:
            single = await api.post(f"/namespaces/{namespace}/jobs", json=HOUSE | fields)
            batch = await api.post(f"/namespaces/{namespace}/jobs:batch", json={"jobs": [HOUSE, HOUSE | fields]})
            assert (await api.get(f"/namespaces/{namespace}/jobs")).json()["total"] == 0
            return [single, batch]

    answers = finish(use())
    assert [answer.status_code for answer in answers] == [422, 422]
    pointers = [[error["pointer"] for error in answer.json()["errors"]] for answer in answers]
    assert pointers == [[pointer], [f"/jobs/1{pointer}"]]


def test_an_idempotency_key_makes_one_job(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api:
            path, headers = f"/namespaces/{namespace}/jobs", {"Idempotency-Key": "upload-7"}
            first = await api.post(path, json=HOUSE, headers=headers)
            second = await api.post(path, json=HOUSE, headers=headers)
            assert (first.status_code, second.status_code) == (201, 201)
            assert first.json()["metadata"]["uid"] == second.json()["metadata"]["uid"]
            assert second.headers["Idempotency-Replayed"] == "true"
            other = await api.post(path, json=HOUSE | {"priority": 1}, headers=headers)
            assert (other.status_code, other.json()["code"]) == (422, "IdempotencyKeyReused")
            assert (await api.get(path)).json()["total"] == 1

    finish(use())


def test_a_name_in_use_is_a_conflict(namespace: str) -> None:
    async def use() -> Any:
        async with running_api(namespace) as api:
            path = f"/namespaces/{namespace}/jobs"
            assert (await api.post(path, json=HOUSE | {"name": "house"})).status_code == 201
            keys: list[dict[str, str]] = [{}, {"Idempotency-Key": "upload-8"}]
            return [await api.post(path, json=HOUSE | {"name": "house"}, headers=key) for key in keys]

    answers = finish(use())
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(409, "JobExists")] * 2


def test_each_job_of_a_batch_has_its_own_outcome(namespace: str) -> None:
    async def use() -> Any:
        async with running_api(namespace) as api:
            jobs = [HOUSE | {"name": "a"}, {"source": {"s3Uri": "s3://secret/b.ifc"}}, HOUSE | {"name": "a"}, HOUSE]
            return (await api.post(f"/namespaces/{namespace}/jobs:batch", json={"jobs": jobs})).json()["outcomes"]

    outcomes = finish(use())
    assert sorted(outcome["status"] for outcome in outcomes) == [201, 201, 403, 409]
    assert outcomes[1]["problem"]["code"] == "BucketNotAllowed"
    assert outcomes[3]["job"]["phase"] == "Queued"


def test_a_list_has_pages_filters_and_an_etag(namespace: str, api_server: ControlPlane) -> None:
    async def use() -> None:
        for number in range(5):
            item = ifcjob_manifest(f"h{number}", queue="night" if number % 2 else "default", priority=number)
            item["metadata"]["labels"] = {"project": "tower" if number < 3 else "bridge"}
            assert api_server.kubectl("create", "-n", namespace, "-f", "-", stdin=as_text(item)).returncode == 0
        async with running_api(namespace) as api:
            path = f"/namespaces/{namespace}/jobs"

            async def names(**query: Any) -> list[str]:
                answer = await api.get(path, params=query)
                assert answer.status_code == 200, answer.text
                return [item["name"] for item in answer.json()["items"]]

            assert await names(sort="name", descending=False) == ["h0", "h1", "h2", "h3", "h4"]
            assert await names(queue="night", sort="priority") == ["h3", "h1"]
            assert await names(label="project=bridge", sort="priority") == ["h4", "h3"]
            assert await names(q="TOWER h2") == ["h2"]
            assert await names(phase="Succeeded") == []
            overview = (await api.get(path, params={"overview": True, "queue": "night", "limit": 1})).json()
            assert overview["phases"] == {"Queued": 2}
            (listed,) = (item["name"] for item in overview["items"])
            assert overview["positions"] == {listed: 1 if listed == "h3" else 2}
            await api.set_status(namespace, "h1", phase="Succeeded")
            await api.until_indexed(namespace, "h1", "Succeeded")
            assert await names(phase=["Succeeded", "Failed"]) == ["h1"]
            collected, cursor = [], None
            while True:
                page = (
                    await api.get(path, params={"limit": 2, "sort": "name", **({"cursor": cursor} if cursor else {})})
                ).json()
                collected += [item["name"] for item in page["items"]]
                assert page["total"] == 5
                if (cursor := page.get("nextCursor")) is None:
                    break
            assert collected == ["h4", "h3", "h2", "h1", "h0"]
            wrong = await api.get(path, params={"cursor": "abc"})
            assert (wrong.status_code, wrong.json()["code"]) == (400, "InvalidCursor")
            assert (await api.get(path, params={"state": "Failed"})).status_code == 422, (
                "an unknown filter is a mistake"
            )
            first = await api.get(path)
            assert (await api.get(path, headers={"If-None-Match": first.headers["ETag"]})).status_code == 304
            await api.set_status(namespace, "h2", phase="Failed")
            await api.until_indexed(namespace, "h2", "Failed")
            assert (await api.get(path, headers={"If-None-Match": first.headers["ETag"]})).status_code == 200

    finish(use())


def test_a_job_has_an_etag_of_its_version(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api:
            path = f"/namespaces/{namespace}/jobs"
            created = await api.post(path, json=HOUSE | {"name": "house"})
            etag = created.headers["ETag"]
            assert (await api.get(f"{path}/house", headers={"If-None-Match": etag})).status_code == 304
            late = await api.post(f"{path}/house/cancel", headers={"If-Match": '"1"'})
            assert (late.status_code, late.json()["code"]) == (412, "PreconditionFailed")
            cancelled = await api.post(f"{path}/house/cancel", headers={"If-Match": etag})
            assert cancelled.status_code == 202
            assert cancelled.json()["spec"]["cancel"] is True
            assert (await api.get(f"{path}/house", headers={"If-None-Match": etag})).status_code == 200

    finish(use())


def test_a_job_is_suspended_resumed_and_cancelled_once(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api:
            path = f"/namespaces/{namespace}/jobs/house"
            await api.post(f"/namespaces/{namespace}/jobs", json=HOUSE | {"name": "house"})
            assert (await api.post(f"{path}/suspend")).json()["spec"]["suspend"] is True
            assert (await api.post(f"{path}/resume")).json()["spec"]["suspend"] is False
            assert (await api.post(f"{path}/cancel")).status_code == 202
            await api.set_status(namespace, "house", phase="Cancelled")
            await api.until_indexed(namespace, "house", "Cancelled")
            assert (await api.post(f"{path}/cancel")).status_code == 202, "cancelling again changes nothing"
            finished = await api.post(f"{path}/suspend")
            assert (finished.status_code, finished.json()["code"]) == (409, "JobFinished")

    finish(use())


def test_a_retry_repeats_a_finished_job_with_more_memory(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api:
            path = f"/namespaces/{namespace}/jobs"
            body = HOUSE | {"name": "house", "fileName": "House.ifc", "labels": {"a": "b"}, "resources": {"cpu": "2"}}
            await api.post(path, json=body)
            early = await api.post(f"{path}/house/retry", json={})
            assert (early.status_code, early.json()["code"]) == (409, "JobNotFinished")
            await api.set_status(namespace, "house", phase="Failed")
            await api.until_indexed(namespace, "house", "Failed")
            retried = await api.post(f"{path}/house/retry", json={"memory": "8Gi"}, headers={"Idempotency-Key": "a"})
            again = await api.post(f"{path}/house/retry", json={"memory": "8Gi"}, headers={"Idempotency-Key": "a"})
            assert retried.status_code == 201, retried.text
            job = retried.json()
            assert again.json()["metadata"]["uid"] == job["metadata"]["uid"]
            assert job["spec"]["resources"] == {"cpu": "2", "memory": "8Gi"}
            assert job["spec"]["cache"] == "Refresh"
            assert job["metadata"]["labels"] == {"a": "b"}
            assert job["metadata"]["annotations"]["ifcjob.io/retry-of"] == "house"
            assert job["metadata"]["annotations"]["ifcjob.io/file-name"] == "House.ifc"

    finish(use())


def test_retry_does_not_choose_the_former_default_of_resources(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api:
            path = f"/namespaces/{namespace}/jobs"
            await api.post(path, json=HOUSE | {"name": "house", "resources": FORMER_RESOURCES})
            await api.set_status(namespace, "house", phase="Failed")
            await api.until_indexed(namespace, "house", "Failed")
            plain = await api.post(f"{path}/house/retry", json={})
            larger = await api.post(f"{path}/house/retry", json={"memory": "8Gi"})
            assert "resources" not in plain.json()["spec"]
            assert larger.json()["spec"]["resources"] == {"memory": "8Gi"}

    finish(use())


def test_a_deleted_job_is_gone(namespace: str) -> None:
    async def use() -> None:
        async with running_api(namespace) as api:
            path = f"/namespaces/{namespace}/jobs"
            created = await api.post(path, json=HOUSE | {"name": "house"})
            wrong = await api.delete(f"{path}/house", headers={"If-Match": '"1"'})
            assert (wrong.status_code, wrong.json()["code"]) == (412, "PreconditionFailed")
            assert (await api.delete(f"{path}/house", headers={"If-Match": created.headers["ETag"]})).status_code == 202
            await until(lambda: api.services.live.jobs.get((namespace, "house")) is None)
            missing = await api.get(f"{path}/house")
            assert (missing.status_code, missing.json()["code"]) == (404, "JobNotFound")
            assert (await api.delete(f"{path}/house")).status_code == 404

    finish(use())


def test_the_manifest_creates_the_same_job_elsewhere(namespace: str, api_server: ControlPlane) -> None:
    async def use() -> str:
        async with running_api(namespace) as api:
            path = f"/namespaces/{namespace}/jobs"
            await api.post(path, json=HOUSE | {"name": "house", "operations": {"gltf": {"storeys": ["Étage: 1"]}}})
            text = (await api.get(f"{path}/house/manifest")).text
            await api.delete(f"{path}/house")
            return text

    text = finish(use())
    assert text.startswith(f"# kubectl apply --namespace {namespace} ")
    applied = api_server.kubectl("apply", "--namespace", namespace, "--filename", "-", stdin=text)
    assert applied.returncode == 0, applied.stderr
    assert yaml.safe_load(text)["spec"]["operations"]["gltf"]["storeys"] == ["Étage: 1"]
