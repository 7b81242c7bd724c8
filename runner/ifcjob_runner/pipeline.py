"""One run from request to report. Start reading here: `_stages` is the architecture.

`run` never raises for a file that cannot be processed, and no run ends without a report.
"""

import os
import resource
import signal
import time
import traceback
from pathlib import Path
from typing import Any

from ifcjob import __version__
from ifcjob.failures import FailureReason, RunFailure
from ifcjob.manifest import Coverage, Finding, Input, Manifest
from ifcjob.report import CoverageCounts, Failure, RunReport, StageTime
from ifcjob.request import RunRequest
from ifcjob_runner.facts import engine_versions, facts_of
from ifcjob_runner.processes.cgroup import MINIMUM_BYTES, holds_a_run, memory_in_use, memory_limit
from ifcjob_runner.processes.engine import EngineGoneError, warm_up
from ifcjob_runner.processes.limits import Limiter, mib
from ifcjob_runner.processes.signals import interruptible
from ifcjob_runner.processes.supervisor import EngineResult, Supervisor, processes_of
from ifcjob_runner.progress.meter import WEIGHTS, ProgressMeter
from ifcjob_runner.progress.observer import Observer
from ifcjob_runner.stages.fetch import fetch
from ifcjob_runner.stages.inspect import inspect
from ifcjob_runner.stages.publish import describe, publish
from ifcjob_runner.transfer import http_pool
from ifcjob_runner.workspace import Workspace, workspace_parent


def run(request: RunRequest, observer: Observer) -> RunReport:
    """Process one file and say how it went."""
    if not holds_a_run():
        return _too_small()
    return _Run(request, observer).run()


def _too_small() -> RunReport:
    least = f"the memory limit is {mib(memory_limit() or 0)}, and no run fits into less than {mib(MINIMUM_BYTES)}"
    hint = "Give the container more memory; fewer workers would not help."
    failure = Failure.of(RunFailure(FailureReason.OUT_OF_MEMORY, least, hint=hint))
    peak = memory_in_use([os.getpid()]).total
    return RunReport(outcome="Failed", failure=failure, peak_memory_bytes=peak, runner_version=__version__)


class _Run:
    """The state of one run: what is known so far, for the report."""

    def __init__(self, request: RunRequest, observer: Observer) -> None:
        self.request = request
        self.engine = warm_up()
        self.meter = ProgressMeter(observer, [name for name in WEIGHTS if _wanted(request, name)])
        pids = lambda: processes_of(self.engine)  # noqa: E731 - asked again and again, children come and go
        self.limiter = Limiter(request.limits, pids, log_traceback)
        self.report = RunReport(outcome="Failed", runner_version=__version__)
        self.engine_versions: dict[str, str] = {}
        self.began = time.perf_counter()
        self.cpu_began = _own_cpu_seconds() + self.engine.cpu_seconds

    def run(self) -> RunReport:
        try:
            with interruptible(), Workspace(workspace_parent(self.request.output)) as workspace:
                self._stages(workspace)
        except RunFailure as failure:
            self.report.failure = Failure.of(failure)
        except EngineGoneError as gone:
            log_traceback(str(gone))
            self.report.failure = Failure.of(self._engine_failure())
        except Exception as error:  # noqa: BLE001 - no run ends without a report
            log_traceback(traceback.format_exc())
            bug = RunFailure(FailureReason.INTERNAL_ERROR, f"{type(error).__name__}: {error}")
            self.report.failure = Failure.of(bug)
        finally:
            self._stop_engine()
        self._measure()
        return self.report

    def _stages(self, workspace: Workspace) -> None:
        request, summary = self.request, self.report.summary
        if request.trusted_certificates:
            http_pool.trust(request.trusted_certificates)
        fetched = self._timed("fetch", lambda: fetch(request.source, workspace, self._on_bytes))
        summary.input_bytes, self.report.input_sha256 = fetched.bytes, fetched.sha256
        inspected = self._timed("inspect", lambda: inspect(fetched.path, fetched.name))
        summary.schema_name = inspected.schema
        self.limiter.fit_workers(inspected.bytes)
        supervisor = Supervisor(self.engine, request, self.limiter, self.meter)
        artifacts = workspace.artifact("").resolve()
        facts = facts_of(fetched, inspected)
        outcome = supervisor.run(fetched.path, workspace.folder, artifacts, facts, self._prepare_manifest)
        self.report.stages.extend(outcome.stages)
        found = outcome.result["coverage"]
        coverage = None if found is None else Coverage.model_validate(found)
        self._summarize(outcome, coverage)
        source = Input(uri=fetched.uri, sha256=fetched.sha256, bytes=fetched.bytes)
        manifest = self._manifest(source, artifacts, outcome, coverage)
        self._timed("publish", lambda: self._publish(artifacts, manifest))
        self.report.outcome = "Succeeded"

    def _publish(self, artifacts: Path, manifest: Manifest) -> None:
        update = lambda done, total: self.meter.update("publish", done, total)  # noqa: E731
        self.report.manifest_sha256 = publish(artifacts, manifest, self.request.output, update)
        self.report.summary.artifact_bytes = {artifact.name: artifact.bytes for artifact in manifest.artifacts}

    def _summarize(self, outcome: EngineResult, coverage: Coverage | None) -> None:
        result, summary = outcome.result, self.report.summary
        summary.elements = result["elements"]
        summary.triangles = result["triangles"]
        summary.findings = len(result["findings"])
        if coverage is None:
            return
        counts = CoverageCounts(expected=coverage.expected, emitted=coverage.emitted, skipped=len(coverage.skipped))
        summary.coverage = counts
        self.report.skipped = coverage.skipped
        self.report.degraded = counts.skipped > 0
        rule = self.request.coverage
        if counts.emitted < rule.minimum * counts.expected and rule.on_shortfall == "Fail":
            raise RunFailure(
                FailureReason.COVERAGE_SHORTFALL,
                f"{counts.emitted} of {counts.expected} elements have geometry, {rule.minimum:.0%} are demanded",
                element=coverage.skipped[0].global_id,
            )

    def _manifest(self, source: Input, artifacts: Path, outcome: EngineResult, coverage: Coverage | None) -> Manifest:
        self._measure()
        return Manifest(
            input=source,
            engine=self.engine_versions,
            options=self.request.operations.or_all().model_dump(mode="json", by_alias=True, exclude_none=True),
            artifacts=describe(artifacts),
            coverage=coverage,
            stages=self.report.stages,
            cpu_seconds=self.report.cpu_seconds,
            peak_memory_bytes=self.report.peak_memory_bytes,
            findings=[Finding.model_validate(finding) for finding in outcome.result["findings"]],
        )

    def _prepare_manifest(self) -> None:
        """Do what the end of the run needs and the engines do not, while they are at work."""
        self.engine_versions = engine_versions()
        for kind in (Manifest, RunReport):
            kind.model_rebuild()

    def _timed(self, stage: str, function: Any) -> Any:
        self.meter.start(stage)
        begin = time.perf_counter()
        result = function()
        seconds = time.perf_counter() - begin
        self.report.stages.append(StageTime(name=stage, seconds=round(seconds, 4)))
        self.meter.finish(stage, seconds)
        self.limiter.check(lambda: False)
        return result

    def _on_bytes(self, done: int, total: int) -> None:
        self.meter.update("fetch", done, total)
        self.limiter.check(lambda: False)

    def _measure(self) -> None:
        self.report.seconds = round(time.perf_counter() - self.began, 4)
        self.report.cpu_seconds = round(_own_cpu_seconds() + self.engine.cpu_seconds - self.cpu_began, 4)
        self.report.peak_memory_bytes = self.limiter.peak_bytes

    def _engine_failure(self) -> RunFailure:
        # Nobody but the kernel, short of memory, kills with this signal.
        if self.engine.process.wait() == -signal.SIGKILL:
            return self.limiter.out_of_memory("the system killed the engine process for lack of memory")
        return RunFailure(FailureReason.CRASHED, "the engine process died")

    def _stop_engine(self) -> None:
        try:
            self.engine.stop_children()
        except (EngineGoneError, OSError):
            self.engine.close()


def log_traceback(text: str) -> None:
    """Write an unexpected error to the log, once, with everything needed to find it."""
    import structlog  # costs a tenth of a small run, needed by failing ones only

    if not structlog.is_configured():
        from ifcjob.logs import configure_logs

        configure_logs()
    structlog.get_logger().error("run failed unexpectedly", traceback=text)


def _wanted(request: RunRequest, stage: str) -> bool:
    operations = request.operations.or_all()
    if stage in ("geometry", "gltf"):
        return operations.gltf is not None
    return {"properties": operations.properties, "metadata": operations.metadata}.get(stage, True) is not None


def _own_cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
