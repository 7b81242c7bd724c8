"""Turn stages and counts into one percentage that never falls, and pass it on at a bearable rate."""

import time

from ifcjob.report import Progress
from ifcjob_runner.progress.observer import Observer

WEIGHTS = {
    "fetch": 5.0, "inspect": 1.0, "metadata": 3.0, "spatial_tree": 3.0, "properties": 18.0,
    "geometry": 60.0, "gltf": 6.0, "publish": 4.0,
}  # fmt: skip
"""Share of a run's time by stage, from the benchmark files."""
INTERVAL_SECONDS = 0.1


class ProgressMeter:
    """Keeps the stages of one run and tells the observer."""

    def __init__(self, observer: Observer, stages: list[str]) -> None:
        self._observer = observer
        self._share = dict.fromkeys(stages, 0.0)
        self._whole = sum(WEIGHTS[stage] for stage in stages)
        self._percent = 0.0
        self._last = 0.0
        self._counts: dict[str, tuple[int, int]] = {}

    def start(self, stage: str) -> None:
        """Begin a stage."""
        self._observer.on_stage_started(stage)
        self._tell(stage, 0, 0)

    def update(self, stage: str, done: int, total: int) -> None:
        """Count on in a running stage."""
        if total <= 0 or stage not in self._share or self._counts.get(stage) == (done, total):
            return
        self._share[stage] = max(self._share[stage], min(1.0, done / total))
        if time.monotonic() - self._last >= INTERVAL_SECONDS or done >= total:
            self._counts[stage] = (done, total)
            self._tell(stage, done, total)

    def finish(self, stage: str, seconds: float) -> None:
        """End a stage."""
        if stage in self._share:
            self._share[stage] = 1.0
        self._tell(stage, *self._counts.get(stage, (0, 0)))
        self._observer.on_stage_finished(stage, seconds)

    def _tell(self, stage: str, done: int, total: int) -> None:
        self._last = time.monotonic()
        percent = 100 * sum(WEIGHTS[name] * share for name, share in self._share.items()) / self._whole
        self._percent = max(self._percent, min(100.0, round(percent, 1)))
        self._observer.on_progress(
            Progress(percent=self._percent, stage=stage, elements_done=done, elements_total=total)
        )
