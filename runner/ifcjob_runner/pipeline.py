"""One run, from request to report. Start here: `STAGES` lists the stages, `_Run._process` runs them.

`run` never raises for a file that cannot be processed, and every run ends with a report.
"""

import os
import resource
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ifcjob import __version__
from ifcjob.failures import FailureReason, RunFailure
from ifcjob.manifest import Coverage, Finding, Input, Manifest
from ifcjob.options import Operations
from ifcjob.report import Failure, RunReport, StageTime
from ifcjob.request import RunRequest
from ifcjob_runner.coverage_gate import check_coverage
from ifcjob_runner.facts import engine_versions, file_facts
from ifcjob_runner.processes import engine_process
from ifcjob_runner.processes.cgroup import (
    MINIMUM_BYTES,
    cpu_seconds,
    meets_minimum_memory,
    memory_in_use,
    memory_limit,
)
from ifcjob_runner.processes.engine_process import EngineProcess, EngineProcessDiedError
from ifcjob_runner.processes.limits import Limiter, mib
from ifcjob_runner.processes.process_handles import CloneProcess
from ifcjob_runner.processes.signals import interruptible
from ifcjob_runner.processes.supervisor import Supervisor, UnreadInstancesError
from ifcjob_runner.progress.meter import ProgressMeter
from ifcjob_runner.progress.observer import Observer
from ifcjob_runner.progress.traceback_log import log_traceback
from ifcjob_runner.stages.fetch import Fetched, fetch
from ifcjob_runner.stages.inspect import Inspected, inspect
from ifcjob_runner.stages.publish import describe, publish
from ifcjob_runner.transfer import http_pool
from ifcjob_runner.transfer.disk import disk_full
from ifcjob_runner.transfer.renewal import renewed
from ifcjob_runner.workspace import Workspace

if TYPE_CHECKING:
    from ifcjob_runner.processes.messages import DataResult


class Stage(NamedTuple):
    """One stage of a run."""

    name: str
    operation: str | None
    """The operation that requests it; None: it always runs."""
    weight: float
    """Its share of a run's time, measured on the benchmark files; for the progress in percent."""


# fmt: off
STAGES = (
    Stage("fetch",        None,          5),  # this process: bring the file to the disk, and unpack it
    Stage("inspect",      None,          1),  # this process: is it complete IFC that the engines can read?
    # The supervisor has child processes run the next five: the first three and gltf in the data child,
    # geometry in mesher and ifclite children at the same time. gltf needs spatial_tree and geometry.
    Stage("metadata",     "metadata",    3),
    Stage("spatial_tree", None,          3),  # also names the nodes of the GLB
    Stage("properties",   "properties", 18),
    Stage("geometry",     "gltf",       60),
    Stage("gltf",         "gltf",        6),
    Stage("publish",      None,          4),  # this process: write the manifest, and put all at the destination
)
# fmt: on
_DAMAGED = {FailureReason.NOT_AN_IFC_FILE, FailureReason.CRASHED, FailureReason.INTERNAL_ERROR}
"""Failures of engines that a damaged file can cause."""


def run(request: RunRequest, observer: Observer) -> RunReport:
    """Process one file and return the report."""
    if not meets_minimum_memory():
        limit = f"the memory limit is {mib(memory_limit() or 0)}, and every run needs at least {mib(MINIMUM_BYTES)}"
        hint = "Give the container more memory; fewer workers would not help."
        return _not_started(RunFailure(FailureReason.OUT_OF_MEMORY, limit, hint=hint))
    if not _has_libraries_of_formats(request.operations):
        message = "the format duckdb needs the Python package duckdb, which is not installed here"
        return _not_started(
            RunFailure(FailureReason.INVALID_REQUEST, message, hint="Choose the format sqlite instead.")
        )
    try:
        started = engine_process.start()
    except OSError as error:
        return _not_started(RunFailure(FailureReason.INTERNAL_ERROR, f"cannot start the engine process: {error}"))
    if request.operations.or_all().gltf is None:
        started.prepare(engine_process.DATA_ONLY)
    return _Run(request, observer, started).run()


def _has_libraries_of_formats(operations: Operations) -> bool:
    """Return whether the libraries of all requested formats are installed; the runner image has no DuckDB."""
    formats = operations.properties.formats if operations.properties else []
    return "duckdb" not in formats or find_spec("duckdb") is not None


def _not_started(failure: RunFailure) -> RunReport:
    peak = memory_in_use([os.getpid()]).total
    return RunReport(outcome="Failed", failure=Failure.of(failure), peak_memory_bytes=peak, runner_version=__version__)


class _Run:
    """The state of one run, and its report as far as it is known."""

    def __init__(self, request: RunRequest, observer: Observer, started: EngineProcess) -> None:
        self.request = request
        self.operations = request.operations.or_all()
        self.engine_process = started
        self.meter = ProgressMeter(observer, {stage.name: stage.weight for stage in _requested(self.operations)})
        self.limiter = Limiter(request.limits, started.pids, is_clone=isinstance(started.process, CloneProcess))
        self.report = RunReport(outcome="Failed", runner_version=__version__)
        self.engine_versions: dict[str, str] = {}
        self.began = time.perf_counter()
        self.cpu_began = _cpu_seconds(started)

    def run(self) -> RunReport:
        try:
            with interruptible(), Workspace.of(self.request.output) as workspace:
                try:
                    self._process(workspace)
                finally:
                    self._stop_children()  # they write into the workspace
        except Exception as error:  # noqa: BLE001 - every run ends with a report
            self.report.failure = Failure.of(self._failure_of(error))
        finally:
            self._stop_children()
        self._measure()
        return self.report

    def _process(self, workspace: Workspace) -> None:
        """Run the stages in the order of STAGES."""
        if self.request.trusted_certificates:
            http_pool.trust(self.request.trusted_certificates)
        with self._stage("fetch"):
            fetched = fetch(renewed(self.request).source, workspace, self._on_bytes)
        self.report.summary.input_bytes, self.report.input_sha256 = fetched.bytes, fetched.sha256
        with self._stage("inspect"):
            inspected = self._inspect(fetched, workspace)
        self.report.summary.schema_name = inspected.schema
        artifacts = workspace.artifacts.resolve()
        try:
            result = self._run_children(fetched, inspected, workspace.folder, artifacts)
        except RunFailure as failure:
            result = self._run_again(failure, fetched, workspace, artifacts)
        else:
            if result["has_misread_numbers"]:
                result = self._run_corrected(fetched, workspace, artifacts) or result
        coverage = None if result["coverage"] is None else Coverage.model_validate(result["coverage"])
        self._summarize(result, coverage)
        check_coverage(self.request.coverage, coverage, result["findings"])
        source = Input(uri=fetched.uri, sha256=fetched.sha256, bytes=fetched.bytes)
        manifest = self._manifest(source, artifacts, result, coverage)
        with self._stage("publish"):
            self.report.manifest_sha256 = publish(artifacts, manifest, self.request, self._on_published)
            self.report.summary.artifact_bytes = {artifact.name: artifact.bytes for artifact in manifest.artifacts}
        self.report.outcome = "Succeeded"

    def _inspect(self, fetched: Fetched, workspace: Workspace, *, thorough: bool = False) -> Inspected:
        strict = self.request.source.strict_schema
        return inspect(fetched.path, fetched.name, workspace.folder, strict_schema=strict, thorough=thorough)

    def _run_again(self, failure: RunFailure, fetched: Fetched, workspace: Workspace, artifacts: Path) -> "DataResult":
        """Run the children on a corrected copy after an engine failed on the file, or raise the failure."""
        if failure.reason not in _DAMAGED:
            raise failure
        inspected = replace(self._inspect(fetched, workspace, thorough=True), instances=None)
        if not inspected.is_corrected:
            if not isinstance(failure, UnreadInstancesError):
                raise failure
            inspected.findings.append(Finding(code="UnreadInstances", severity="error", message=failure.message))
        return self._repeat_children(fetched, inspected, workspace, artifacts)

    def _run_corrected(self, fetched: Fetched, workspace: Workspace, artifacts: Path) -> "DataResult | None":
        """Run the children on a copy without the numbers that the engine misreads; None when there are none."""
        inspected = self._inspect(fetched, workspace, thorough=True)
        if not inspected.is_corrected:
            return None
        self.report.stages = [stage for stage in self.report.stages if stage.name in ("fetch", "inspect")]
        return self._repeat_children(fetched, inspected, workspace, artifacts)

    def _repeat_children(
        self, fetched: Fetched, inspected: Inspected, workspace: Workspace, artifacts: Path
    ) -> "DataResult":
        """Run the children once more, without what the first ones left."""
        self.engine_process.stop_children()
        for artifact in artifacts.iterdir():
            artifact.unlink()
        folder = workspace.path("corrected")
        folder.mkdir()
        return self._run_children(fetched, inspected, folder, artifacts)

    def _run_children(self, fetched: Fetched, inspected: Inspected, folder: Path, artifacts: Path) -> "DataResult":
        """Run metadata, spatial_tree, properties, geometry and gltf."""
        self.limiter.fit_workers(inspected.bytes)
        supervisor = Supervisor(self.engine_process, self.request, self.limiter, self.meter)
        facts = file_facts(fetched, inspected)
        result = supervisor.run(inspected.path, folder, artifacts, facts, on_started=self._prepare_publish)
        self.report.stages.extend(result.stages)
        return result.data

    def _prepare_publish(self) -> None:
        """Do the slow part of making the manifest early, while the children work."""
        self.engine_versions = engine_versions()
        for kind in (Manifest, RunReport):
            kind.model_rebuild()

    def _summarize(self, result: "DataResult", coverage: Coverage | None) -> None:
        summary = self.report.summary
        summary.elements = result["elements"]
        summary.triangles = result["triangles"]
        summary.findings = len(result["findings"])
        if coverage is not None:
            summary.coverage = coverage.counts()
            self.report.skipped, self.report.doubtful = coverage.skipped, coverage.doubtful
            self.report.degraded = bool(coverage.skipped)

    def _manifest(self, source: Input, artifacts: Path, result: "DataResult", coverage: Coverage | None) -> Manifest:
        """Return the manifest. It is part of what publish writes, so it lacks that stage's time."""
        with suppress(EngineProcessDiedError):
            self.engine_process.take_exits()  # the data child may have ended since its last message
        self._measure()
        return Manifest(
            outcome="Degraded" if self.report.degraded else "Succeeded",
            input=source,
            engine=self.engine_versions,
            options=self.operations.model_dump(mode="json", by_alias=True, exclude_none=True),
            artifacts=describe(artifacts),
            coverage=coverage,
            stages=self.report.stages,
            cpu_seconds=self.report.cpu_seconds,
            peak_memory_bytes=self.report.peak_memory_bytes,
            findings=[Finding.model_validate(finding) for finding in result["findings"]],
        )

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self.meter.start(name)
        began = time.perf_counter()
        yield
        seconds = time.perf_counter() - began
        self.report.stages.append(StageTime(name=name, seconds=round(seconds, 4)))
        self.meter.finish(name, seconds)
        self.limiter.check()

    def _on_bytes(self, done: int, total: int) -> None:
        self.meter.update("fetch", done, total)
        self.limiter.check()

    def _on_published(self, done: int, total: int) -> None:
        self.meter.update("publish", done, total)

    def _measure(self) -> None:
        self.report.seconds = round(time.perf_counter() - self.began, 4)
        self.report.cpu_seconds = round(max(_cpu_seconds(self.engine_process) - self.cpu_began, 0), 4)
        self.report.peak_memory_bytes = self.limiter.peak_bytes

    def _failure_of(self, error: Exception) -> RunFailure:
        if (full := disk_full(error)) is not None:
            return full
        if isinstance(error, RunFailure):
            return error
        if isinstance(error, EngineProcessDiedError):
            log_traceback(str(error))
            return self._engine_process_failure()
        log_traceback("".join(traceback.format_exception(error)))
        return RunFailure(FailureReason.INTERNAL_ERROR, f"{type(error).__name__}: {error}")

    def _engine_process_failure(self) -> RunFailure:
        # Only the kernel kills it with this signal, when memory runs out.
        if self.engine_process.process.wait() == -signal.SIGKILL:
            return self.limiter.out_of_memory("the system killed the engine process for lack of memory")
        return RunFailure(FailureReason.CRASHED, "the engine process died")

    def _stop_children(self) -> None:
        try:
            self.engine_process.stop_children()
        except (EngineProcessDiedError, OSError):
            self.engine_process.close()


def _requested(operations: Operations) -> list[Stage]:
    return [stage for stage in STAGES if stage.operation is None or getattr(operations, stage.operation) is not None]


def _cpu_seconds(started: EngineProcess) -> float:
    """Return the CPU time until now of this process, the engine process and its children."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    running = sum(cpu_seconds(pid, with_ended_children=True) for pid in started.children)
    return own.ru_utime + own.ru_stime + cpu_seconds(started.process.pid) + started.cpu_seconds + running
