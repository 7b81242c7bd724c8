"""Turn stages and counts into one percentage that never falls, and report it at a limited rate."""

import time
from collections.abc import Mapping

from ifcjob.report import Progress
from ifcjob_runner.progress.observer import Observer

INTERVAL_SECONDS = 0.1


class ProgressMeter:
    """Tracks the stages of one run, given with their shares of its time, and reports to the observer."""

    def __init__(self, observer: Observer, weights: Mapping[str, float]) -> None:
        self._observer = observer
        self._weights = weights
        self._share = dict.fromkeys(weights, 0.0)
        self._whole = sum(weights.values())
        self._percent = 0.0
        self._last = 0.0
        self._counts: dict[str, tuple[int, int]] = {}

    def start(self, stage: str) -> None:
        """Begin a stage."""
        self._observer.on_stage_started(stage)
        self._report(stage, 0, 0)

    def update(self, stage: str, done: int, total: int) -> None:
        """Report how much of a running stage is done."""
        if total <= 0 or stage not in self._share or self._counts.get(stage) == (done, total):
            return
        self._share[stage] = max(self._share[stage], min(1.0, done / total))
        if time.monotonic() - self._last >= INTERVAL_SECONDS or done >= total:
            self._counts[stage] = (done, total)
            self._report(stage, done, total)

    def finish(self, stage: str, seconds: float) -> None:
        """End a stage."""
        if stage in self._share:
            self._share[stage] = 1.0
        self._report(stage, *self._counts.get(stage, (0, 0)))
        self._observer.on_stage_finished(stage, seconds)

    def _report(self, stage: str, done: int, total: int) -> None:
        self._last = time.monotonic()
        percent = 100 * sum(self._weights[name] * share for name, share in self._share.items()) / self._whole
        self._percent = max(self._percent, min(100.0, round(percent, 1)))
        self._observer.on_progress(
            Progress(percent=self._percent, stage=stage, elements_done=done, elements_total=total)
        )
