"""The failure table says everything about every reason, and its exit codes can be acted on."""

from __future__ import annotations

import os

import pytest

from ifcjob.failures import FAILURES, FailureReason, FailureRow, RunFailure
from ifcjob.report import Failure

SYSEXITS = range(64, 79)
SEEN_FROM_OUTSIDE = {FailureReason.RUN_LOST, FailureReason.IMAGE_UNAVAILABLE}


@pytest.mark.parametrize("reason", FailureReason)
def test_every_reason_has_a_full_row(reason: FailureReason) -> None:
    row = FAILURES[reason]
    assert row.cause.endswith(".")
    assert row.hint.endswith(".")
    assert row.fixer in {"user", "admin", "nobody", "us"}
    assert reason.value.isalnum()
    assert reason.value[0].isupper()


@pytest.mark.parametrize("reason", FailureReason)
def test_exit_codes_are_sysexits_unless_only_the_operator_detects_the_failure(reason: FailureReason) -> None:
    code = FAILURES[reason].exit_code
    assert (code is None) == (reason in SEEN_FROM_OUTSIDE)
    assert code is None or code in SYSEXITS


def test_reasons_with_one_exit_code_share_retryable_and_fixer() -> None:
    by_code: dict[int, list[FailureRow]] = {}
    for row in FAILURES.values():
        if row.exit_code is not None:
            by_code.setdefault(row.exit_code, []).append(row)
    for code, rows in by_code.items():
        assert len({(row.retryable, row.fixer) for row in rows}) == 1, f"exit code {code} means several things"


def test_only_bad_and_missing_input_share_an_exit_code() -> None:
    codes = [row.exit_code for row in FAILURES.values() if row.exit_code is not None]
    shared = {code for code in codes if codes.count(code) > 1}
    assert shared == {os.EX_DATAERR, os.EX_NOINPUT}


@pytest.mark.parametrize("reason", FailureReason)
def test_a_run_failure_is_reported_with_its_own_hint_or_that_of_its_row(reason: FailureReason) -> None:
    failure = Failure.of(RunFailure(reason, "what happened"))
    assert (failure.reason, failure.message, failure.hint) == (reason, "what happened", FAILURES[reason].hint)
    assert failure.retryable == FAILURES[reason].retryable
    better = Failure.of(RunFailure(reason, "what happened", hint="do this", element="1abc"))
    assert (better.hint, better.element) == ("do this", "1abc")


@pytest.mark.parametrize("reason", FailureReason)
def test_a_run_failure_never_exits_with_success(reason: FailureReason) -> None:
    assert RunFailure(reason, "what happened").exit_code in SYSEXITS
