"""Makes deliveries from the transitions of IfcJobs: with the history in the catalog, or else in memory."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from ifcjob.cloud_events import event_id
from ifcjob.notifications import Notification, events_of
from ifcjob.resource import IfcJob
from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_catalog import deliveries
from ifcjob_operator.cluster.objects import ifcjob_of
from ifcjob_operator.notifying.memory_outbox import MemoryOutbox, OutboxFull
from ifcjob_operator.notifying.sender import Sender
from ifcjob_operator.repeated import RepeatedWarnings

NotificationsOf = Callable[[IfcJob], Sequence[Notification]]


class RecordsNotifications(Protocol):
    """The history, which writes deliveries in the transaction of a transition."""

    def notify(self, notifications_of: NotificationsOf, written: Callable[[], None]) -> None:
        """Record the notifications of IfcJobs, and call `written` when there may be some to send."""


class Notifier:
    """The sender, and what fills its outbox."""

    def __init__(self, sender: Sender, memory: MemoryOutbox | None) -> None:
        """`memory`: the sender's outbox without a catalog."""
        self.sender, self._memory = sender, memory
        self._warnings = RepeatedWarnings()

    def attach(
        self, notifications_of: NotificationsOf, history: RecordsNotifications | None
    ) -> Callable[[IfcJob, KubeObject], None] | None:
        """Let the history fill the outbox; without one, return what takes note of an IfcJob before and after a plan."""
        if history is not None:
            history.notify(notifications_of, self.sender.wake)
            return None
        return lambda before, after: self._note(before, after, notifications_of(before))

    def _note(self, before: IfcJob, item: KubeObject, notifications: Sequence[Notification]) -> None:
        if self._memory is None or not notifications:
            return
        after = ifcjob_of(item)
        had = events_of(before.status)
        events = {event: time for event, time in events_of(after.status).items() if event not in had}
        try:
            self._memory.add(deliveries(after, events, notifications, datetime.now(UTC)))
        except OutboxFull as error:
            lost = [event_id(after.metadata.uid, event) for event in events]
            self._warnings.warn(after.metadata.uid, "notification lost", str(error), ids=lost)
            return
        self.sender.wake()
