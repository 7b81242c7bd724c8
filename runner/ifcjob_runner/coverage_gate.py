"""Decide whether the geometry of a run is as complete as its request demands."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.manifest import Coverage
from ifcjob.request import CoverageRule

if TYPE_CHECKING:
    from ifcjob_runner.data.document import Finding

EMPTY = ("NoProducts", "NoProject", "NothingDrawn")
"""Findings of files and selections that have nothing to measure a share of; the first one is the message."""


def check_coverage(rule: CoverageRule, coverage: Coverage | None, findings: Collection["Finding"]) -> None:
    """Raise CoverageShortfall when the request demands more elements with geometry."""
    if coverage is None or rule.on_shortfall != "Fail" or rule.minimum == 0:
        return
    required = f"{rule.minimum * 100:g}% are required"
    messages = {finding["code"]: finding["message"] for finding in findings}
    empty = next((messages[code] for code in EMPTY if code in messages), None)
    if empty is not None:
        hint = "Check the file, and the classes, GlobalIds, storeys and contexts of the request."
        raise RunFailure(FailureReason.COVERAGE_SHORTFALL, f"{empty}; {required}", hint=hint)
    if coverage.emitted < rule.minimum * coverage.expected:
        raise RunFailure(
            FailureReason.COVERAGE_SHORTFALL,
            f"{coverage.emitted} of {coverage.expected} elements have geometry, {required}",
            element=coverage.skipped[0].global_id,
        )
