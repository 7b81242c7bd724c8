"""The requests that the operator makes to the Kubernetes API; its RBAC rules allow the same."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from urllib.parse import quote

from ifcjob.ifcqueue import IFCQUEUES
from ifcjob.labels import GROUP, IFCJOB_LABEL
from ifcjob.resource import IFCJOBS, VERSION
from ifcjob_backends.cluster.errors import Conflict, NotFound
from ifcjob_backends.cluster.objects import APPLY_PATCH, MERGE_PATCH, Key, KubeObject

API_GROUP_PATH = f"/apis/{GROUP}/{VERSION}"
JOBS = "/apis/batch/v1"
NETWORKING = "/apis/networking.k8s.io/v1"
CORE = "/api/v1"


class Cluster(ABC):
    """The operator's requests to one API server, whichever way they are sent."""

    @abstractmethod
    async def ask(
        self, method: str, path: str, body: KubeObject | None = None, content_type: str = MERGE_PATCH
    ) -> KubeObject:
        """Send a request; raises ClusterError."""

    @abstractmethod
    def pages(self, path: str, **query: str) -> AsyncIterator[KubeObject]:
        """Yield the items of a list, page by page."""

    # Reading

    def ifcjobs(self, namespace: str | None = None) -> AsyncIterator[KubeObject]:
        """List IfcJobs, page by page."""
        return self.pages(_path(API_GROUP_PATH, IFCJOBS, namespace))

    def ifcqueues(self, namespace: str | None = None) -> AsyncIterator[KubeObject]:
        """List IfcQueues, page by page."""
        return self.pages(_path(API_GROUP_PATH, IFCQUEUES, namespace))

    def jobs(self, namespace: str | None = None) -> AsyncIterator[KubeObject]:
        """List the operator's Jobs, page by page."""
        return self.pages(_path(JOBS, "jobs", namespace), labelSelector=IFCJOB_LABEL)

    async def ifcjob(self, key: Key) -> KubeObject | None:
        """Get an IfcJob, or None."""
        return await self._get(_path(API_GROUP_PATH, IFCJOBS, *key))

    async def ifcqueue(self, key: Key) -> KubeObject | None:
        """Get an IfcQueue, or None."""
        return await self._get(_path(API_GROUP_PATH, IFCQUEUES, *key))

    async def job(self, key: Key) -> KubeObject | None:
        """Get a Job from the API server, or None."""
        return await self._get(_path(JOBS, "jobs", *key))

    async def secret(self, key: Key) -> KubeObject | None:
        """Get a Secret, or None."""
        return await self._get(_path(CORE, "secrets", *key))

    async def pods_of(self, job: Key) -> list[KubeObject]:
        """List the pods of a Job."""
        selector = f"batch.kubernetes.io/job-name={job[1]}"
        return [pod async for pod in self.pages(_path(CORE, "pods", job[0]), labelSelector=selector)]

    async def create_error(self, namespace: str, job_uid: str) -> str | None:
        """Return the newest reason why the Job controller could not create a pod, such as a quota."""
        fields = f"involvedObject.uid={job_uid},reason=FailedCreate"
        events = [event async for event in self.pages(_path(CORE, "events", namespace), fieldSelector=fields)]
        newest = max(events, key=lambda event: event.get("lastTimestamp") or event.get("eventTime") or "", default=None)
        return newest.get("message") if newest else None

    # Writing

    async def patch_status(self, key: Key, resource_version: str, changes: KubeObject) -> KubeObject:
        """Change fields of an IfcJob's status, None to remove one; Conflict when it has changed since that version."""
        body = {"metadata": {"resourceVersion": resource_version}, "status": changes}
        return await self.ask("PATCH", f"{_path(API_GROUP_PATH, IFCJOBS, *key)}/status", body)

    async def patch_queue_status(self, key: Key, status: KubeObject) -> KubeObject:
        """Change fields of an IfcQueue's status; the operator is its only writer."""
        return await self.ask("PATCH", f"{_path(API_GROUP_PATH, IFCQUEUES, *key)}/status", {"status": status})

    async def create_queue(self, namespace: str, queue: KubeObject) -> KubeObject:
        """Create an IfcQueue."""
        return await self.ask("POST", _path(API_GROUP_PATH, IFCQUEUES, namespace), queue)

    async def apply_queue(self, queue: KubeObject) -> KubeObject:
        """Apply an IfcQueue on the server side: fields applied earlier and now absent are removed, others stay."""
        metadata = queue["metadata"]
        return await self._apply(_path(API_GROUP_PATH, IFCQUEUES, metadata["namespace"], metadata["name"]), queue)

    async def apply_network_policy(self, namespace: str, policy: KubeObject) -> KubeObject:
        """Apply a NetworkPolicy on the server side."""
        return await self._apply(_path(NETWORKING, "networkpolicies", namespace, policy["metadata"]["name"]), policy)

    async def create_job(self, namespace: str, job: KubeObject) -> KubeObject:
        """Create a Job; AlreadyExists may mean that an earlier request, whose answer was lost, created it."""
        return await self.ask("POST", _path(JOBS, "jobs", namespace), job)

    async def create_secret(self, namespace: str, secret: KubeObject) -> KubeObject:
        """Create a Secret."""
        return await self.ask("POST", _path(CORE, "secrets", namespace), secret)

    async def patch_secret(self, key: Key, uid: str, changes: KubeObject) -> KubeObject:
        """Change the Secret with this uid; Conflict when it is another one by now."""
        return await self.ask("PATCH", _path(CORE, "secrets", *key), {"metadata": {"uid": uid}, **changes})

    async def delete_job(self, key: Key) -> None:
        """Delete a Job in the foreground: it stays until its pods are gone. A missing Job is not an error."""
        await self._delete(_path(JOBS, "jobs", *key), {"propagationPolicy": "Foreground"})

    async def delete_secret(self, key: Key) -> None:
        """Delete a Secret; a missing one is not an error."""
        await self._delete(_path(CORE, "secrets", *key), {})

    async def delete_ifcjob(self, key: Key, uid: str) -> None:
        """Delete the IfcJob with this uid, not a later one of the same name; a missing one is not an error."""
        await self._delete(
            _path(API_GROUP_PATH, IFCJOBS, *key), {"propagationPolicy": "Background", "preconditions": {"uid": uid}}
        )

    async def create_event(self, namespace: str, event: KubeObject) -> KubeObject:
        """Create a core/v1 Event."""
        return await self.ask("POST", _path(CORE, "events", namespace), event)

    async def _apply(self, path: str, item: KubeObject) -> KubeObject:
        options = "fieldManager=ifcjob-operator&fieldValidation=Strict&force=true"
        return await self.ask("PATCH", f"{path}?{options}", item, content_type=APPLY_PATCH)

    async def _get(self, path: str) -> KubeObject | None:
        try:
            return await self.ask("GET", path)
        except NotFound:
            return None

    async def _delete(self, path: str, options: KubeObject) -> None:
        body = {"apiVersion": "v1", "kind": "DeleteOptions", **options}
        try:
            await self.ask("DELETE", path, body)
        except (NotFound, Conflict):  # Conflict: the name belongs to a later object
            return


def _path(group: str, resource: str, namespace: str | None = None, name: str | None = None) -> str:
    where = f"/namespaces/{quote(namespace)}" if namespace else ""
    return f"{group}{where}/{resource}" + (f"/{quote(name)}" if name else "")
