"""Structured log lines, for containers and pipes: one per stage, and one for the end of the run."""

from typing import TYPE_CHECKING, Any, Literal

from ifcjob.report import Progress, RunReport

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


class StageLog:
    """Logs the end of every stage and of the run, with the same fields each time."""

    def __init__(self, **fields: str | int | None) -> None:
        self._fields = fields
        self._bound: FilteringBoundLogger | None = None

    def on_stage_started(self, stage: str) -> None:
        """Ignore it: the end is logged."""

    def on_progress(self, progress: Progress) -> None:
        """Ignore it: a log shows no progress bar."""

    def on_stage_finished(self, stage: str, seconds: float) -> None:
        """Log the stage."""
        self._log().info("stage finished", stage=stage, duration_seconds=round(seconds, 4))

    def on_end(self, report: RunReport) -> None:
        """Log the outcome of the run."""
        level, event, facts = end_of(report)
        getattr(self._log(), level)(event, **facts)

    def _log(self) -> "FilteringBoundLogger":
        if self._bound is None:
            import structlog  # loaded while the engines work, not before

            from ifcjob.logs import configure_logs

            configure_logs()
            self._bound = structlog.get_logger().bind(**self._fields)
        return self._bound


def end_of(report: RunReport) -> tuple[Literal["info", "warning", "error"], str, dict[str, Any]]:
    """Return level, event and fields of the last log line of a run."""
    facts = {"duration_seconds": round(report.seconds, 3), "peak_memory_bytes": report.peak_memory_bytes}
    if report.failure:
        return "error", "run failed", facts | report.failure.model_dump(mode="json", exclude_none=True)
    summary = report.summary.model_dump(mode="json", by_alias=False, exclude_none=True)
    level: Literal["info", "warning"] = "warning" if report.degraded else "info"
    return level, "run finished", facts | {"degraded": report.degraded} | summary
