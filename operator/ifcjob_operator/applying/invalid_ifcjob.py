"""The status of an IfcJob that this release cannot read, such as one with the fields of a newer release."""

from contextlib import suppress
from datetime import UTC, datetime

from ifcjob.failures import FailureReason
from ifcjob.status import Condition
from ifcjob_backends.cluster.errors import NotFound
from ifcjob_backends.cluster.objects import KubeObject, key_of
from ifcjob_operator.cluster.api import Cluster


async def report_invalid(cluster: Cluster, item: KubeObject, error: str) -> None:
    """Set the condition Accepted to False; other conditions stay. Conflict when the IfcJob has changed."""
    condition = Condition(
        type="Accepted",
        status="False",
        reason=FailureReason.INVALID_REQUEST,
        message=f"this release of the operator cannot read it: {error}",
        last_transition_time=datetime.now(UTC),
        observed_generation=item["metadata"].get("generation", 0),
    )
    conditions = (item.get("status") or {}).get("conditions") or ()
    others = [other for other in conditions if other["type"] != "Accepted"]
    changes = {"conditions": [*others, condition.model_dump(mode="json", by_alias=True)]}
    with suppress(NotFound):
        await cluster.patch_status(key_of(item), item["metadata"]["resourceVersion"], changes)
