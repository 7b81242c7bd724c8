"""One structured log line per stage, for containers and pipes."""

from typing import TYPE_CHECKING

from ifcjob.report import Progress

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


class StageLog:
    """Logs the end of every stage, with the same fields each time."""

    def __init__(self, **fields: str | int | None) -> None:
        self._fields = fields
        self._log: FilteringBoundLogger | None = None

    def on_stage_started(self, stage: str) -> None:
        """Ignore it: the end is logged."""

    def on_progress(self, progress: Progress) -> None:
        """Ignore it: a log shows no progress bar."""

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        """Log the stage."""
        if self._log is None:
            import structlog  # loaded while the engines work, not before

            from ifcjob.logs import configure_logs

            configure_logs()
            self._log = structlog.get_logger().bind(**self._fields)
        self._log.info("stage finished", stage=stage, duration_seconds=round(seconds, 4))
