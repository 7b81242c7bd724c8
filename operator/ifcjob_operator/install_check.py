"""`python -m ifcjob_operator.install_check`: run a tiny IfcJob to the end, as `helm test` does, and say what is wrong.

It uploads a model to the output bucket with the operator's credentials, and looks at what has become of it. When all
is well it removes what it has made; else that stays to be looked at, until the next check.
"""

import argparse
import asyncio
import hashlib
import os
import sys
import time
from dataclasses import dataclass
from itertools import chain

from pydantic import ValidationError

from ifcjob.failures import RunFailure
from ifcjob.labels import GROUP
from ifcjob.manifest import MANIFEST, Manifest
from ifcjob.resource import API_VERSION, IFCJOBS, VERSION, IfcJob
from ifcjob.status import IfcJobStatus
from ifcjob_operator.connection import AlreadyExists, ClusterError, Connection, NoCluster, NotFound
from ifcjob_operator.install_check_model import MODEL
from ifcjob_operator.object_store import Answer, ObjectStore
from ifcjob_operator.parse import ifcjob_of
from ifcjob_operator.settings import InvalidSettings, read_settings

LOOK_SECONDS = 0.5
MOST_BYTES = 1024**2
GLB = "model.glb"


class CheckFailed(Exception):
    """The installation does not work; the message is one line that says what to do."""


@dataclass(frozen=True)
class Check:
    """One check: the IfcJob of this name in this namespace, with its files below the same names in a bucket."""

    store: ObjectStore
    cluster: Connection
    bucket: str
    namespace: str
    name: str
    queue: str
    seconds: float
    """The longest the IfcJob may take."""

    @property
    def _prefix(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def _path(self) -> str:
        return f"/apis/{GROUP}/{VERSION}/namespaces/{self.namespace}/{IFCJOBS}"

    async def run(self) -> None:
        """Go through the whole way of a file; CheckFailed where it ends early."""
        await self._upload()
        created = await self._create()
        status = await self._finished()
        manifest = await self._artifacts(status)
        await self._clean_up(created, manifest, status)

    async def _upload(self) -> None:
        key = f"{self._prefix}/model.ifc"
        answer = await self.store.put(self.bucket, key, MODEL, {}, media_type="application/x-step")
        if answer.status >= 300:
            raise CheckFailed(_not_written(answer, f"s3://{self.bucket}/{key}"))
        _say(f"s3://{self.bucket}/{key} is uploaded")

    async def _create(self) -> IfcJob:
        """Create the IfcJob, in place of one that a former check has left."""
        place = {"bucket": self.bucket}
        spec = {
            "source": {"s3": {**place, "key": f"{self._prefix}/model.ifc"}},
            "output": {"s3": {**place, "prefix": self._prefix}},
            "queue": self.queue,
            "resources": {"cpu": "250m"},
            # The way itself is to be tried, each time, and all of it.
            "cache": "Off",
            "coverage": {"minimum": 1, "onShortfall": "Fail"},
            "ttlSecondsAfterFinished": 86_400,
        }
        ifcjob = {"apiVersion": API_VERSION, "kind": "IfcJob", "metadata": {"name": self.name}, "spec": spec}
        await self._delete()
        try:
            created = await self.cluster.ask("POST", self._path, ifcjob)
        except NotFound as error:
            hint = "install the custom resources (crds.enabled), or check the namespace"
            raise CheckFailed(f"IfcJobs cannot be created in {self.namespace} ({error}): {hint}") from error
        except AlreadyExists as error:
            raise CheckFailed(f"another check is under way ({error}): wait for its end") from error
        _say(f"IfcJob {self.namespace}/{self.name} is created")
        return ifcjob_of(created)

    async def _finished(self) -> IfcJobStatus:
        """Wait for the end and say how far it is meanwhile."""
        started, said = time.monotonic(), ""
        while True:
            status = ifcjob_of(await self.cluster.ask("GET", f"{self._path}/{self.name}")).status
            if (state := _state(status)) != said:
                _say(f"  {state}")
                said = state
            if status.phase == "Succeeded":
                _say(f"  after {time.monotonic() - started:.0f} s")
                return status
            if status.is_finished:
                raise CheckFailed(f"the IfcJob is {status.phase}: {_why(status)} {self._look}")
            if time.monotonic() - started > self.seconds:
                raise CheckFailed(f"the IfcJob has not ended within {self.seconds:.0f} s: {_why(status)} {self._look}")
            await asyncio.sleep(LOOK_SECONDS)

    async def _artifacts(self, status: IfcJobStatus) -> Manifest:
        """Compare the artifacts with the manifest, and the manifest with the status."""
        assert status.result is not None, "the operator writes both at once"
        folder = self._folder(status)
        text = await self._read(f"{folder}/{MANIFEST}", status.result.manifest_sha256)
        try:
            manifest = Manifest.model_validate_json(text)
        except ValidationError as error:
            raise CheckFailed(f"{status.result.manifest} is no manifest: is something else writing there?") from error
        for artifact in manifest.artifacts:
            content = await self._read(f"{folder}/{artifact.name}", artifact.sha256)
            if artifact.name == GLB and content[:4] != b"glTF":
                raise CheckFailed(f"{GLB} is no GLB: run this release's operator and runner together")
        coverage, triangles = manifest.coverage, status.result.summary.triangles
        if coverage is None or coverage.emitted != 1 or coverage.expected != 1 or not triangles:
            raise CheckFailed(f"the wall is not in {GLB}: run this release's operator and runner together")
        names = ", ".join(artifact.name for artifact in manifest.artifacts)
        _say(f"s3://{self.bucket}/{folder}/ has {names}; 1 of 1 elements, {triangles} triangles")
        return manifest

    async def _read(self, key: str, sha256: str | None) -> bytes:
        answer = await self.store.get(self.bucket, key, MOST_BYTES)
        if answer.status != 200:
            said = f"HTTP {answer.status} {answer.code}".strip()
            raise CheckFailed(f"s3://{self.bucket}/{key} cannot be read ({said}): let the S3 user read the bucket")
        if hashlib.sha256(answer.body).hexdigest() != sha256:
            raise CheckFailed(f"s3://{self.bucket}/{key} has another checksum: is something else writing there?")
        return answer.body

    async def _clean_up(self, created: IfcJob, manifest: Manifest, status: IfcJobStatus) -> None:
        await self._delete(created.metadata.uid)
        folder = self._folder(status)
        made = (f"{folder}/{artifact.name}" for artifact in manifest.artifacts)
        for key in chain(made, (f"{folder}/{MANIFEST}", f"{self._prefix}/{MANIFEST}", f"{self._prefix}/model.ifc")):
            answer = await self.store.delete(self.bucket, key)
            if answer.status >= 300:
                # No failure: the operator deletes no objects, so its S3 user may well be denied it.
                _say(f"s3://{self.bucket}/{self._prefix}/ stays: the S3 user may not delete there")
                return
        _say("the IfcJob and its files are deleted")

    async def _delete(self, uid: str | None = None) -> None:
        conditions = {"preconditions": {"uid": uid}} if uid else {}
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background", **conditions}
        try:
            await self.cluster.ask("DELETE", f"{self._path}/{self.name}", options)
        except NotFound:
            return

    def _folder(self, status: IfcJobStatus) -> str:
        assert status.result is not None
        return status.result.manifest.removeprefix(f"s3://{self.bucket}/").rpartition("/")[0]

    @property
    def _look(self) -> str:
        return f"See `kubectl -n {self.namespace} describe ifcjob {self.name}`, and the operator's log."


def _state(status: IfcJobStatus) -> str:
    progress = status.progress
    return f"{status.phase} {progress.stage} {progress.percent:.0f} %" if progress else status.phase


def _why(status: IfcJobStatus) -> str:
    """Say what the operator says, or that it says nothing."""
    if status.failure is not None:
        return f"{status.failure.reason}, {status.failure.message} {status.failure.hint}"
    if not status.conditions:
        return "no operator has admitted it; does one run, does it watch this namespace, has the queue a free slot?"
    told = [one for one in status.conditions if one.status != "True" and one.message]
    return f"{told[-1].reason}, {told[-1].message}" if told else f"it is {status.phase}."


def _not_written(answer: Answer, uri: str) -> str:
    said = f"HTTP {answer.status} {answer.code}".strip()
    match answer.code:
        case "NoSuchBucket":
            hint = "create the bucket, or name another one in objectStore.outputBucket"
        case "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "XAdminUserNotFound" | "ExpiredToken" | "InvalidToken":
            hint = "check the Secret with the S3 keys"
        case _:
            hint = "let the S3 user write to the bucket, or check the region and the endpoint"
    return f"{uri} cannot be written ({said}): {hint}"


async def check(namespace: str, name: str, queue: str, seconds: float) -> None:
    """Check the installation whose settings the environment has; CheckFailed when it does not work."""
    settings = read_settings()
    if settings.store is None or settings.output_bucket is None:
        raise CheckFailed("there is no object store with an output bucket to try: set objectStore.endpoint or bundled")
    async with ObjectStore(settings.store) as store, Connection() as cluster:
        await Check(store, cluster, settings.output_bucket, namespace, name, queue, seconds).run()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Check and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ifcjob_operator.install_check", description=__doc__)
    parser.add_argument("--namespace", default="default", help="where the IfcJob runs; the operator must watch it")
    parser.add_argument("--name", default="install-check", help="its name, and the files' folder in the bucket")
    parser.add_argument("--queue", default="default", help="its IfcQueue")
    parser.add_argument("--seconds", type=float, default=240, help="how long it may take (default: 240)")
    options = parser.parse_args()
    try:
        asyncio.run(check(options.namespace, options.name, options.queue, options.seconds))
    except (CheckFailed, InvalidSettings, NoCluster, ClusterError) as error:
        _say(f"The installation does not work: {error}")
    except RunFailure as error:
        _say(f"The installation does not work: {error.message} {error.as_failure().hint}")
    else:
        _say("The installation works.")
        return os.EX_OK
    return 1


if __name__ == "__main__":
    sys.exit(main())
