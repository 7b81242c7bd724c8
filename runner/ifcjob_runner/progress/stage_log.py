"""One structured log line for each stage: what a container and a pipe show instead of progress bars."""

from typing import Any

from ifcjob.report import Progress


class StageLog:
    """Logs the end of every stage with the fields given once."""

    def __init__(self, **fields: Any) -> None:
        self._fields = fields
        self._log: Any = None

    def on_stage_started(self, stage: str) -> None:
        """Ignore it: the end says more."""

    def on_progress(self, progress: Progress) -> None:
        """Ignore it: a log is no progress bar."""

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        """Log the stage."""
        if self._log is None:
            import structlog  # loaded while the engines work, not before

            from ifcjob.logs import configure_logs

            configure_logs()
            self._log = structlog.get_logger().bind(**self._fields)
        self._log.info("stage finished", stage=stage, duration_seconds=round(seconds, 4))
