"""The observer of a run: the terminal, the log or the operator's progress URL."""

from typing import Protocol

from ifcjob.report import Progress


class Observer(Protocol):
    """Receives the progress of a run; its methods must return at once."""

    def on_stage_started(self, stage: str) -> None:
        """Note that a stage began; several may run at once."""

    def on_progress(self, progress: Progress) -> None:
        """Show the progress; called at most about ten times per second."""

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        """Note that a stage ended."""


class SilentObserver:
    """Ignores all progress."""

    def on_stage_started(self, stage: str) -> None:
        """Ignore it."""

    def on_progress(self, progress: Progress) -> None:
        """Ignore it."""

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        """Ignore it."""
