"""Who watches a run: the terminal, the log, the operator's progress URL."""

from typing import Protocol

from ifcjob.report import Progress


class Observer(Protocol):
    """Called by the supervisor; must return at once."""

    def on_stage_started(self, stage: str) -> None:
        """Take note that a stage began; several may run at once."""

    def on_progress(self, progress: Progress) -> None:
        """Show how far the run is; at most about ten calls a second."""

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        """Take note that a stage ended."""


class SilentObserver:
    """Watches nothing."""

    def on_stage_started(self, stage: str) -> None:
        """Ignore it."""

    def on_progress(self, progress: Progress) -> None:
        """Ignore it."""

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        """Ignore it."""
