"""The CloudEvents that notifications post."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.notifications import JobEvent
from ifcjob.report import Summary
from ifcjob.resource import API_VERSION, IFCJOBS, IfcJob
from ifcjob.status import Phase

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


class EventData(ContractType):
    """The state of an IfcJob at an event."""

    namespace: str
    """Its namespace."""
    name: str
    """Its name."""
    uid: str
    """Its uid."""
    queue: str
    """Its queue."""
    phase: Phase
    """Its phase."""
    reason: str | None = None
    """Of a failure: the reason, from the failure table."""
    message: str | None = None
    """Of a failure: what happened."""
    hint: str | None = None
    """Of a failure: what to do."""
    summary: Summary | None = None
    """Of a result: the numbers of the run."""
    manifest: str | None = None
    """Of a result: URI of manifest.json."""
    artifacts: list[str] = Field(default_factory=list)
    """Of a result: URIs of the artifacts, if the manifest could be read; never a presigned URL."""


class CloudEvent(ContractType):
    """An event in the structured JSON of CloudEvents 1.0."""

    specversion: Literal["1.0"] = "1.0"
    """Version of CloudEvents."""
    id: str
    """The same for each delivery of the event, and equal to the header `webhook-id`."""
    source: str
    """Path of the IfcJob in the Kubernetes API."""
    type: str
    """`io.ifcjob.job.` and the event, such as `io.ifcjob.job.succeeded`."""
    subject: str
    """`<namespace>/<name>` of the IfcJob."""
    time: datetime
    """When the IfcJob started or ended."""
    datacontenttype: Literal["application/json"] = "application/json"
    """Media type of `data`."""
    data: EventData
    """The state of the IfcJob."""


def event_id(uid: str, event: JobEvent) -> str:
    """Return the id of an event of the IfcJob with this uid: an IfcJob has each event once."""
    return f"{uid}-{event}"


def cloud_event(ifcjob: IfcJob, event: JobEvent, time: datetime, artifacts: Sequence[str] = ()) -> CloudEvent:
    """Return an event of an IfcJob; `artifacts` are the URIs of its result's files."""
    metadata, status = ifcjob.metadata, ifcjob.status
    failure = status.failure if status.phase == "Failed" else None
    result = None if event == "started" else status.result
    return CloudEvent(
        id=event_id(metadata.uid, event),
        source=f"/apis/{API_VERSION}/namespaces/{metadata.namespace}/{IFCJOBS}/{metadata.name}",
        type=f"io.ifcjob.job.{event}",
        subject=f"{metadata.namespace}/{metadata.name}",
        time=time,
        data=EventData(
            namespace=metadata.namespace,
            name=metadata.name,
            uid=metadata.uid,
            queue=ifcjob.spec.queue,
            phase="Running" if event == "started" else status.phase,
            reason=failure.reason if failure and event == "failed" else None,
            message=failure.message if failure and event == "failed" else None,
            hint=failure.hint if failure and event == "failed" else None,
            summary=result.summary if result else None,
            manifest=result.manifest if result else None,
            artifacts=list(artifacts) if result else [],
        ),
    )
