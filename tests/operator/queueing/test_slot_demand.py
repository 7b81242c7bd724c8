"""Slot demand of an IfcJob."""

import pytest

from ifcjob.resource import IfcJob
from ifcjob_operator.queueing.slot_demand import SlotDemand, slot_demand
from tests.support.builders import (
    NOW,
    a_condition,
    a_status,
    an_ifcjob,
    between,
    finished,
    later,
    running,
    starting,
)  # fmt: skip

IDENTICAL = a_status(a_condition("Admitted", "False", "WaitingForIdentical"))
STORE_DOWN = a_status(a_condition("Accepted", "Unknown", "StorageUnavailable"))
ROWS = [
    pytest.param(an_ifcjob(), SlotDemand.PENDING, id="new"),
    pytest.param(an_ifcjob(suspend=True), SlotDemand.NONE, id="suspended"),
    pytest.param(an_ifcjob(cancel=True), SlotDemand.NONE, id="cancelled"),
    pytest.param(an_ifcjob(deleted=True), SlotDemand.NONE, id="deleted"),
    pytest.param(an_ifcjob(status=starting()), SlotDemand.ACTIVE, id="starting"),
    pytest.param(an_ifcjob(status=running()), SlotDemand.ACTIVE, id="running"),
    pytest.param(an_ifcjob(status=running(), cancel=True), SlotDemand.ACTIVE, id="being cancelled: its pod still runs"),
    pytest.param(an_ifcjob(status=running(), suspend=True), SlotDemand.ACTIVE, id="being suspended"),
    pytest.param(an_ifcjob(status=running(), deleted=True), SlotDemand.ACTIVE, id="being deleted while running"),
    pytest.param(an_ifcjob(status=between(next_attempt_at=later(1))), SlotDemand.NONE, id="backing off"),
    pytest.param(an_ifcjob(status=between(next_attempt_at=NOW)), SlotDemand.PENDING, id="backoff is over"),
    pytest.param(
        an_ifcjob(status=between("Disrupted", admitted_reason="Restarting")),
        SlotDemand.PENDING,
        id="restart after a disruption",
    ),
    pytest.param(
        an_ifcjob(status=between(admitted_reason="Suspended"), suspend=True), SlotDemand.NONE, id="suspended between"
    ),
    pytest.param(an_ifcjob(status=between(admitted_reason="Suspended")), SlotDemand.PENDING, id="resumed"),
    pytest.param(an_ifcjob(status=IDENTICAL), SlotDemand.NONE, id="waits for an identical job"),
    pytest.param(an_ifcjob(status=STORE_DOWN), SlotDemand.NONE, id="its file cannot be reached"),
    pytest.param(an_ifcjob(status=finished()), SlotDemand.NONE, id="succeeded"),
    pytest.param(an_ifcjob(status=finished("Failed", "Cancelled")), SlotDemand.NONE, id="was cancelled"),
]


@pytest.mark.parametrize(("ifcjob", "expected"), ROWS)
def test_slot_demand(ifcjob: IfcJob, expected: SlotDemand) -> None:
    assert slot_demand(ifcjob, NOW) is expected
