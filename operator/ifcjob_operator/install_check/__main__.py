"""`python -m ifcjob_operator.install_check`: run a tiny IfcJob to its end, as `helm test` does, and report problems.

It uploads a model to the output bucket with the operator's credentials and checks the artifacts. On success it deletes
what it created; after a failure everything stays for inspection, until the next check.
"""

import argparse
import asyncio
import os
import sys
import time
from dataclasses import dataclass

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_delay, wait_fixed

from ifcjob.failures import RunFailure
from ifcjob.labels import GROUP
from ifcjob.manifest import MANIFEST
from ifcjob.resource import API_VERSION, IFCJOBS, VERSION
from ifcjob.status import IfcJobStatus
from ifcjob_backends.cluster.client import Connection
from ifcjob_backends.cluster.errors import AlreadyExists, ClusterError, NoCluster, NotFound, Refused
from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_backends.settings.environment import InvalidSettings
from ifcjob_backends.storage.s3 import ObjectStore
from ifcjob_operator.cluster.objects import ifcjob_of
from ifcjob_operator.install_check.files import CheckFailed, compare, log_beside, remove, upload
from ifcjob_operator.settings.load import read_settings

POLL_SECONDS = 0.5
SETTLE_SECONDS = 30
"""Roles and admission policies that were just installed take some seconds to have an effect."""


@dataclass(frozen=True)
class Check:
    """One check: an IfcJob, and its files in the bucket below the same namespace and name."""

    store: ObjectStore
    cluster: Connection
    bucket: str
    namespace: str
    name: str
    queue: str
    seconds: float
    """The longest that the IfcJob may take."""

    async def run(self) -> None:
        """Run the whole check; CheckFailed at the first problem."""
        await upload(self.store, self.bucket, self._model)
        _print(f"s3://{self.bucket}/{self._model} is uploaded")
        uid = await self._create()
        status = await self._finished()
        assert status.result is not None, "the operator writes both at once"
        made = await compare(self.store, self.bucket, status.result)
        names = ", ".join(key.rpartition("/")[2] for key in made)
        _print(f"{names} are there: 1 of 1 elements, {status.result.summary.triangles} triangles")
        await self._delete(uid)
        keys = (*made, log_beside(made[-1]), f"{self._prefix}/{MANIFEST}", self._model)
        if await remove(self.store, self.bucket, keys):
            _print("the IfcJob and its files are deleted")
        else:
            _print(f"the IfcJob is deleted; s3://{self.bucket}/{self._prefix}/ stays: the S3 user may not delete there")

    @property
    def _prefix(self) -> str:
        return f"{self.namespace}/{self.name}"

    @property
    def _model(self) -> str:
        return f"{self._prefix}/model.ifc"

    @property
    def _path(self) -> str:
        return f"/apis/{GROUP}/{VERSION}/namespaces/{self.namespace}/{IFCJOBS}"

    async def _create(self) -> str:
        """Create the IfcJob, in place of one left by a former check, and return its uid."""
        await self._delete()
        tries = AsyncRetrying(
            retry=retry_if_exception_type(Refused),
            wait=wait_fixed(POLL_SECONDS),
            stop=stop_after_delay(SETTLE_SECONDS),
            before_sleep=_print_rejection,
            reraise=True,
        )
        try:
            created: KubeObject = await tries(self.cluster.ask, "POST", self._path, self._ifcjob())
        except NotFound as error:
            hint = "install the CRDs (crds.enabled), or check the namespace"
            raise CheckFailed(f"IfcJobs cannot be created in {self.namespace} ({error}): {hint}") from error
        except AlreadyExists as error:
            raise CheckFailed(f"another check is running ({error}): wait for its end") from error
        _print(f"IfcJob {self.namespace}/{self.name} is created")
        return str(created["metadata"]["uid"])

    def _ifcjob(self) -> KubeObject:
        spec = {
            "source": {"s3": {"bucket": self.bucket, "key": self._model}},
            "output": {"s3": {"bucket": self.bucket, "prefix": self._prefix}},
            "queue": self.queue,
            "resources": {"cpu": "250m"},
            # Each check must run every step.
            "cache": "Off",
            "coverage": {"minimum": 1, "onShortfall": "Fail"},
            "ttlSecondsAfterFinished": 86_400,
        }
        return {"apiVersion": API_VERSION, "kind": "IfcJob", "metadata": {"name": self.name}, "spec": spec}

    async def _finished(self) -> IfcJobStatus:
        """Wait for the end and print each change of state."""
        started, printed = time.monotonic(), ""
        hint = f"See `kubectl -n {self.namespace} describe ifcjob {self.name}`, and the operator's log."
        while True:
            status = ifcjob_of(await self.cluster.ask("GET", f"{self._path}/{self.name}")).status
            if (state := _state(status)) != printed:
                _print(f"  {state}")
                printed = state
            seconds = time.monotonic() - started
            if status.phase == "Succeeded":
                _print(f"  after {seconds:.0f} s")
                return status
            if status.is_finished:
                raise CheckFailed(f"the IfcJob is {status.phase}: {_why(status)} {hint}")
            if seconds > self.seconds:
                raise CheckFailed(f"the IfcJob has not ended within {self.seconds:.0f} s: {_why(status)} {hint}")
            await asyncio.sleep(POLL_SECONDS)

    async def _delete(self, uid: str | None = None) -> None:
        conditions = {"preconditions": {"uid": uid}} if uid else {}
        options = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background", **conditions}
        try:
            await self.cluster.ask("DELETE", f"{self._path}/{self.name}", options)
        except NotFound:
            return


def _print_rejection(state: RetryCallState) -> None:
    if state.attempt_number == 1 and state.outcome is not None:
        _print(f"rejected, retrying for {SETTLE_SECONDS} s: {state.outcome.exception()}")


def _state(status: IfcJobStatus) -> str:
    progress = status.progress
    return f"{status.phase} {progress.stage} {progress.percent:.0f} %" if progress else status.phase


def _why(status: IfcJobStatus) -> str:
    """Return the reason that the status gives, or a hint when the operator has written none."""
    if status.failure is not None:
        return f"{status.failure.reason}, {status.failure.message} {status.failure.hint}"
    if not status.conditions:
        return "no operator has admitted it: is one running, does it watch this namespace, has the queue a free slot?"
    unmet = [condition for condition in status.conditions if condition.status != "True" and condition.message]
    return f"{unmet[-1].reason}, {unmet[-1].message}" if unmet else f"it is {status.phase}."


async def check(namespace: str, name: str, queue: str, seconds: float) -> None:
    """Check the installation with the settings of the environment; CheckFailed when it does not work."""
    settings = read_settings()
    if settings.store is None or settings.output_bucket is None:
        raise CheckFailed("there is no object store with an output bucket: set objectStore.endpoint or bundled")
    async with ObjectStore(settings.store) as store, Connection() as cluster:
        await Check(store, cluster, settings.output_bucket, namespace, name, queue, seconds).run()


def _print(line: str) -> None:
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
        _print(f"The installation does not work: {error}")
    except RunFailure as error:
        _print(f"The installation does not work: {error.message} {error.hint}")
    else:
        _print("The installation works.")
        return os.EX_OK
    return 1


if __name__ == "__main__":
    sys.exit(main())
