"""Conditions keep their transition times; the phase is what they add up to."""

from typing import Literal, get_args

import pytest

from ifcjob.conditions import ANY_FAILURE, IFCJOB_CONDITIONS
from ifcjob.status import Condition, IfcJobStatus, Phase
from ifcjob_operator.planning.status_draft import MAX_MESSAGE_CHARACTERS, ConditionReason, StatusDraft, phase_of
from tests.support.builders import NOW, a_condition, a_status, ago, an_ifcjob, running

PHASES = [
    pytest.param([], "Queued", id="nothing said yet"),
    pytest.param([a_condition("Accepted", "Unknown", "StorageUnavailable")], "Queued", id="store down"),
    pytest.param([a_condition("Admitted", "False", "WaitingForIdentical")], "Queued", id="waits for identical"),
    pytest.param([a_condition("Admitted", "False", "Suspended")], "Suspended", id="suspended"),
    pytest.param([a_condition("Admitted")], "Starting", id="admitted"),
    pytest.param([a_condition("Admitted"), a_condition("Running", "False")], "Starting", id="not yet running"),
    pytest.param([a_condition("Admitted"), a_condition("Running")], "Running", id="running"),
    pytest.param([a_condition("Running", "Unknown", "NodeLost")], "Running", id="node does not answer"),
    pytest.param([a_condition("Running"), a_condition("Complete", "Unknown")], "Running", id="commit has to wait"),
    pytest.param([a_condition("Admitted", "False"), a_condition("Running", "False")], "Queued", id="backing off"),
    pytest.param([a_condition("Complete"), a_condition("Degraded")], "Succeeded", id="complete"),
    pytest.param([a_condition("Failed", reason="Crashed")], "Failed", id="failed"),
    pytest.param([a_condition("Failed", reason="Cancelled")], "Cancelled", id="cancelled"),
]


@pytest.mark.parametrize(("conditions", "phase"), PHASES)
def test_the_phase_follows_from_the_conditions(conditions: list[Condition], phase: Phase) -> None:
    assert phase_of(conditions) == phase


def test_every_phase_can_be_reached() -> None:
    assert {param.values[1] for param in PHASES} == set(get_args(Phase))


def test_the_transition_time_changes_only_with_the_status() -> None:
    ifcjob = an_ifcjob(status=a_status(a_condition("Running", "False", "Starting", at=ago(50))), generation=4)
    same = (
        StatusDraft(ifcjob, NOW)
        .set_condition("Running", "False", "Unschedulable", "0/3 nodes")
        .status()
        .condition("Running")
    )
    other = StatusDraft(ifcjob, NOW).set_condition("Running", "True", "Running").status().condition("Running")
    assert same is not None
    assert other is not None
    assert (same.last_transition_time, same.reason, same.observed_generation) == (ago(50), "Unschedulable", 4)
    assert other.last_transition_time == NOW


def test_a_draft_equal_to_the_old_status_is_not_a_change() -> None:
    ifcjob = an_ifcjob(status=running())
    assert StatusDraft(ifcjob, NOW).set_condition("Running", "True", "Running").changed() is None
    assert StatusDraft(ifcjob, NOW).set_condition("Running", "True", "Running", "in words").changed() is not None


def test_a_new_generation_changes_only_a_status_with_conditions() -> None:
    noticed = StatusDraft(an_ifcjob(status=running(), generation=2), NOW).changed()
    assert noticed is not None
    assert noticed.observed_generation == 2
    assert StatusDraft(an_ifcjob(status=IfcJobStatus(), generation=2), NOW).changed() is None


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("Complete", "Succeeded"), ("Complete", "CacheHit"), ("Failed", "Crashed"), ("Failed", "Cancelled")],
)
def test_every_end_is_finished_with_its_reason(kind: Literal["Complete", "Failed"], reason: str) -> None:
    draft = StatusDraft(an_ifcjob(status=running()), NOW)
    assert draft.status().condition("Finished") is None
    condition = draft.finish(kind, reason, "a message").status().condition("Finished")
    assert condition is not None
    assert (condition.status, condition.reason, condition.last_transition_time) == ("True", reason, NOW)


def test_long_messages_are_cut() -> None:
    condition = (
        StatusDraft(an_ifcjob(), NOW)
        .set_condition("Failed", "True", "Crashed", "x" * 9999)
        .status()
        .condition("Failed")
    )
    assert condition is not None
    assert len(condition.message) == MAX_MESSAGE_CHARACTERS


def test_reasons_are_documented() -> None:
    documented = {row.reason for rows in IFCJOB_CONDITIONS.values() for row in rows} - {ANY_FAILURE}
    assert set(map(str, ConditionReason)) <= documented
