"""How a job stands to its queue."""

import pytest

from ifcjob.resource import IfcJob
from ifcjob_operator.queueing.slot_demand import Standing, standing
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
    pytest.param(an_ifcjob(), Standing.WAITING, id="new"),
    pytest.param(an_ifcjob(suspend=True), Standing.IDLE, id="suspended"),
    pytest.param(an_ifcjob(cancel=True), Standing.IDLE, id="cancelled"),
    pytest.param(an_ifcjob(deleted=True), Standing.IDLE, id="deleted"),
    pytest.param(an_ifcjob(status=starting()), Standing.HOLDING, id="starting"),
    pytest.param(an_ifcjob(status=running()), Standing.HOLDING, id="running"),
    pytest.param(an_ifcjob(status=running(), cancel=True), Standing.HOLDING, id="being cancelled: its pod still runs"),
    pytest.param(an_ifcjob(status=running(), suspend=True), Standing.HOLDING, id="being suspended"),
    pytest.param(an_ifcjob(status=running(), deleted=True), Standing.HOLDING, id="being deleted while running"),
    pytest.param(an_ifcjob(status=between(next_attempt_at=later(1))), Standing.IDLE, id="backing off"),
    pytest.param(an_ifcjob(status=between(next_attempt_at=NOW)), Standing.WAITING, id="backoff is over"),
    pytest.param(an_ifcjob(status=between("Disrupted", because="Restarting")), Standing.WAITING, id="free restart"),
    pytest.param(an_ifcjob(status=between(because="Suspended"), suspend=True), Standing.IDLE, id="suspended between"),
    pytest.param(an_ifcjob(status=between(because="Suspended")), Standing.WAITING, id="resumed"),
    pytest.param(an_ifcjob(status=IDENTICAL), Standing.IDLE, id="waits for an identical job"),
    pytest.param(an_ifcjob(status=STORE_DOWN), Standing.IDLE, id="its file cannot be reached"),
    pytest.param(an_ifcjob(status=finished()), Standing.IDLE, id="succeeded"),
    pytest.param(an_ifcjob(status=finished("Failed", "Cancelled")), Standing.IDLE, id="was cancelled"),
]


@pytest.mark.parametrize(("ifcjob", "expected"), ROWS)
def test_standing(ifcjob: IfcJob, expected: Standing) -> None:
    assert standing(ifcjob, NOW) is expected
