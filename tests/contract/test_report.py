"""A report survives the termination message: at most 4096 bytes, valid JSON, nothing that matters lost."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ifcjob.failures import FailureReason
from ifcjob.manifest import MEDIA_TYPES
from ifcjob.report import (
    TERMINATION_MESSAGE_BYTES,
    CoverageCounts,
    Doubtful,
    Failure,
    RunReport,
    Skipped,
    StageTime,
    Summary,
)

# Text comes from files and servers: control characters cost six bytes in JSON, emoji four.
TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
LONG_TEXT = st.builds(lambda text, times: text * times, TEXT, st.integers(0, 300))
SKIPPED = st.builds(
    lambda entry, times: [entry] * times,
    st.builds(Skipped, global_id=TEXT, ifc_class=TEXT, reason=TEXT),
    st.integers(0, 5000),
)
DOUBTFUL = st.builds(
    lambda entry, times: [entry] * times,
    st.builds(Doubtful, global_id=TEXT, ifc_class=TEXT, reason=TEXT),
    st.integers(0, 5000),
)
COUNT = st.integers(0, 2**63 - 1)
FAILURE = st.builds(
    Failure,
    reason=st.sampled_from(FailureReason),
    message=LONG_TEXT,
    hint=LONG_TEXT,
    retryable=st.booleans(),
    element=st.none() | LONG_TEXT,
)
SUMMARY = st.builds(
    Summary,
    schema_name=st.none() | LONG_TEXT,
    coverage=st.none() | st.builds(CoverageCounts, expected=COUNT, emitted=COUNT, skipped=COUNT, doubtful=COUNT),
    artifact_bytes=st.fixed_dictionaries({}, optional=dict.fromkeys(MEDIA_TYPES, COUNT)),
)
REPORTS = st.builds(
    RunReport,
    outcome=st.sampled_from(["Succeeded", "Failed"]),
    degraded=st.booleans(),
    failure=st.none() | FAILURE,
    summary=SUMMARY,
    skipped=SKIPPED,
    doubtful=DOUBTFUL,
    stages=st.lists(st.builds(StageTime, name=TEXT, seconds=st.floats(0, 1e6)), max_size=20),
    seconds=st.floats(0, 1e9),
    peak_memory_bytes=COUNT,
    manifest_sha256=st.none() | st.just("f" * 64),
)


@given(REPORTS)
@settings(max_examples=60, deadline=None)
def test_the_termination_message_fits_and_reads_back(report: RunReport) -> None:
    before = report.model_copy(deep=True)
    message = report.as_termination_message()
    assert len(message.encode()) <= TERMINATION_MESSAGE_BYTES
    read = RunReport.model_validate_json(message)
    assert report == before, "the report itself stays whole"
    assert (read.outcome, read.degraded, read.seconds) == (report.outcome, report.degraded, report.seconds)
    assert read.summary.artifact_bytes == report.summary.artifact_bytes
    assert (read.failure and read.failure.reason) == (report.failure and report.failure.reason)


def test_a_failure_of_control_characters_fits_the_termination_message() -> None:
    nasty = "\x00" * 5000
    failure = Failure(reason=FailureReason.CRASHED, message=nasty, hint=nasty, retryable=False, element=nasty)
    report = RunReport(outcome="Failed", failure=failure, summary=Summary(schema_name=nasty))
    assert len(report.as_termination_message().encode()) <= TERMINATION_MESSAGE_BYTES


def test_a_report_that_fits_is_not_shortened() -> None:
    report = RunReport(
        outcome="Succeeded", skipped=[Skipped(global_id="1", ifc_class="IfcWall", reason="empty")], seconds=1.5
    )
    assert RunReport.model_validate_json(report.as_termination_message()) == report


def test_lists_are_shortened_before_the_failure_message() -> None:
    skipped = [Skipped(global_id=f"{number:022}", ifc_class="IfcWall", reason="no triangles") for number in range(3000)]
    failure = Failure(reason=FailureReason.COVERAGE_SHORTFALL, message="m" * 1500, hint="h", retryable=False)
    report = RunReport(outcome="Failed", failure=failure, skipped=skipped)
    read = RunReport.model_validate_json(report.as_termination_message())
    assert read.failure == failure
    assert 0 < len(read.skipped) < 30
    assert read.skipped == skipped[: len(read.skipped)]


def test_doubtful_elements_are_shortened_before_the_skipped_ones() -> None:
    skipped = [Skipped(global_id=f"{number:022}", ifc_class="IfcWall", reason="NoGeometry") for number in range(9)]
    doubtful = [Doubtful(global_id=f"{number:022}", ifc_class="IfcWall", reason="Open") for number in range(3000)]
    report = RunReport(outcome="Succeeded", skipped=skipped, doubtful=doubtful)
    read = RunReport.model_validate_json(report.as_termination_message())
    assert read.skipped == skipped
    assert 0 < len(read.doubtful) < 60
    assert read.doubtful == doubtful[: len(read.doubtful)]


def test_report_json_is_compact_camel_case_without_unset_values() -> None:
    document = json.loads(RunReport(outcome="Succeeded", peak_memory_bytes=7).to_json())
    assert document["peakMemoryBytes"] == 7
    assert "failure" not in document
    assert "schema" not in document["summary"]
