"""Real files on a real cluster, and errors of files and stores."""

from pathlib import Path

import pytest

from ifcjob.manifest import Manifest
from tests.e2e.artifacts import check_artifacts
from tests.e2e.conftest import Bucket
from tests.e2e.kube import Kube, Resource, conditions_of, ifcjob, proved
from tests.support import samples

pytestmark = pytest.mark.parallel

SIX = ("duplex_arch", "ac20_fzk", "office_a", "infra_bridge", "openhouse", "hvac")


def test_six_files_run_concurrently(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    jobs = []
    for name in SIX:
        bucket.put(f"{name}.ifc", corpus / f"{name}.ifc")
        jobs.append(ifcjob(name.replace("_", "-"), bucket.name, f"{name}.ifc", resources={"cpu": "250m"}))
    kube.apply(*jobs)
    finished = kube.wait_finished(*(job["metadata"]["name"] for job in jobs), seconds=240)

    for name, done in finished.items():
        status = done["status"]
        assert status["phase"] == "Succeeded", status
        assert conditions_of(done)["Complete"]["status"] == "True"
        assert status["progress"]["percent"] == 100
        check_artifacts(bucket, status, corpus / f"{name.replace('-', '_')}.ifc")
    proved("six real files succeed at once; every artifact's checksum is right, the GLB and the tables open")


def test_file_that_is_not_ifc_fails(kube: Kube, bucket: Bucket, tmp_path: Path) -> None:
    path = tmp_path / "picture.ifc"
    path.write_bytes(b"\x89PNG\r\n" + bytes(1000))
    bucket.put("picture.ifc", path)
    kube.apply(ifcjob("picture", bucket.name, "picture.ifc"))
    _fails(kube, "picture", "NotAnIfcFile", attempts=1)
    proved("a picture named .ifc fails as NotAnIfcFile, with a hint, after one attempt")


def test_truncated_file_fails(kube: Kube, bucket: Bucket, corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.ifc"
    whole = (corpus / "openhouse.ifc").read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    bucket.put("half.ifc", path)
    kube.apply(ifcjob("half", bucket.name, "half.ifc"))
    _fails(kube, "half", "TruncatedFile", attempts=1)
    proved("half a file fails as TruncatedFile, after one attempt")


def test_missing_object_and_missing_bucket_fail(kube: Kube, bucket: Bucket) -> None:
    kube.apply(ifcjob("no-key", bucket.name, "nothing.ifc"), ifcjob("no-bucket", f"{bucket.name}-gone", "a.ifc"))
    for name in ("no-key", "no-bucket"):
        failure = _fails(kube, name, "InputNotFound", attempts=0)
        assert ("nothing.ifc" if name == "no-key" else f"{bucket.name}-gone") in failure["message"]
    assert kube.all("job") == []
    proved("a missing object and a missing bucket fail as InputNotFound without a pod")


def test_wrong_checksum_fails(kube: Kube, bucket: Bucket, corpus: Path) -> None:
    bucket.put("openhouse.ifc", corpus / "openhouse.ifc")
    job = ifcjob("changed", bucket.name, "openhouse.ifc")
    job["spec"]["source"]["sha256"] = "0" * 64
    kube.apply(job)
    _fails(kube, "changed", "InputChanged", attempts=1)
    proved("a file with another checksum fails as InputChanged, after one attempt")


def test_incomplete_geometry_fails_with_on_shortfall_fail(kube: Kube, bucket: Bucket, tmp_path: Path) -> None:
    bucket.put("broken.ifc", samples.write(samples.with_broken_element(), tmp_path / "broken.ifc"))
    strict = {"minimum": 1, "onShortfall": "Fail"}
    kube.apply(
        ifcjob("strict", bucket.name, "broken.ifc", coverage=strict),
        ifcjob("lenient", bucket.name, "broken.ifc", coverage={"minimum": 1, "onShortfall": "Degrade"}),
    )
    finished = kube.wait_finished("strict", "lenient", seconds=120)
    assert finished["strict"]["status"]["failure"]["reason"] == "CoverageShortfall"
    degraded = conditions_of(finished["lenient"])["Degraded"]
    assert finished["lenient"]["status"]["phase"] == "Succeeded"
    assert degraded["status"] == "True", degraded
    skipped = Manifest.model_validate_json(bucket.read(finished["lenient"]["status"]["result"]["manifest"])).coverage
    assert skipped is not None
    assert len(skipped.skipped) == 1
    assert len(skipped.skipped[0].global_id) == 22
    proved("a missing element is listed by GUID; it fails the job or degrades it, as asked")


def _fails(kube: Kube, name: str, reason: str, *, attempts: int) -> Resource:
    kube.run("wait", f"ifcjob/{name}", "--for=condition=Finished", "--timeout=60s")
    done = kube.wait_phase(name, "Failed")
    failure: Resource = done["status"]["failure"]
    assert failure["reason"] == reason, failure
    assert failure["message"]
    assert failure["hint"]
    assert len(done["status"].get("attempts", [])) == attempts
    assert {conditions_of(done)[kind]["reason"] for kind in ("Failed", "Finished")} == {reason}
    return failure
