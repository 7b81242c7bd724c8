"""One event on its way to one web server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ifcjob.cloud_events import cloud_event
from ifcjob.notifications import JobEvent, Notification
from ifcjob.resource import IfcJob

KEEP_TRYING = timedelta(hours=24)
"""How long an event is sent again after failures."""


@dataclass(frozen=True)
class Delivery:
    """An event to post."""

    id: str
    """The event's id; with the URL it identifies the delivery."""
    url: str
    namespace: str
    secret: str
    """Name of the Secret with the signing secrets."""
    body: dict[str, Any]
    """The CloudEvent."""
    tries: int
    """Failed ones so far."""
    expires_at: datetime
    """After this time it is given up."""


@dataclass(frozen=True)
class Tried:
    """The result of posting an event."""

    error: str | None = None
    """None: it was delivered."""
    retry_at: datetime | None = None
    """When to try again; None after an error: it is given up."""


def deliveries(
    ifcjob: IfcJob,
    events: dict[JobEvent, datetime],
    notifications: Sequence[Notification],
    now: datetime,
    artifacts: Sequence[str] = (),
) -> list[Delivery]:
    """Return the deliveries of these events; a URL that is named twice receives an event once."""
    made: dict[tuple[str, str], Delivery] = {}
    for event, time in events.items():
        for notification in notifications:
            if event not in notification.events:
                continue
            body = cloud_event(ifcjob, event, time, artifacts)
            made.setdefault(
                (body.id, notification.url),
                Delivery(
                    id=body.id,
                    url=notification.url,
                    namespace=ifcjob.metadata.namespace,
                    secret=notification.secret_ref.name,
                    body=body.model_dump(mode="json", by_alias=True, exclude_none=True),
                    tries=0,
                    expires_at=now + KEEP_TRYING,
                ),
            )
    return list(made.values())
