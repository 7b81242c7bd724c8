"""The reference page explains every condition and reason that the operator writes."""

from __future__ import annotations

from ifcjob.conditions import ANY_FAILURE, IFCJOB_CONDITIONS
from ifcjob.failures import FailureReason
from ifcjob_operator.planning.status_draft import ConditionReason


def test_every_condition_reason_of_the_operator_is_described_and_no_other() -> None:
    described = {str(row.reason) for rows in IFCJOB_CONDITIONS.values() for row in rows}
    described -= {ANY_FAILURE, *map(str, FailureReason)}
    assert described == set(map(str, ConditionReason))
