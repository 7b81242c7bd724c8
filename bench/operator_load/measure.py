"""The measurements: run many IfcJobs until they finish, and restart the operator with many finished ones."""

import asyncio
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import mean

import psutil

from bench.operator_load.cluster import NAMESPACE, Operator, operator, submit
from tools.cluster.control_plane import ControlPlane

POD_SECONDS = 5.0


@dataclass(frozen=True)
class Run:
    """The results of one run of many IfcJobs."""

    jobs: int
    slots: int
    wall_seconds: float
    admissions_per_second: float
    """From the moment when all slots are taken to the last admission."""
    allowed_per_second: float
    """Slots divided by the mean time from a Job's creation to its Complete condition."""
    admission_p50: float
    admission_p99: float
    """Seconds from a free slot to the created Job, without the burst that first fills the slots."""
    writes_per_job: float
    cpu_milliseconds_per_job: float
    peak_mebibytes: float
    operator_cpu_share: float
    control_plane_cpu_share: float
    """Of all CPUs, while the operator ran; near 1 together, the machine is the limit."""
    succeeded: int
    duplicates: int

    @property
    def share(self) -> float:
        """Return the admissions as a share of those allowed."""
        return self.admissions_per_second / self.allowed_per_second


def run_many(plane: ControlPlane, jobs: int, slots: int, seconds: float) -> Run:
    """Submit IfcJobs, start the operator, and wait until all IfcJobs have finished."""
    asyncio.run(submit(plane, jobs))
    with operator(plane) as running:
        started, first = time.monotonic(), dict[str, float]()
        others_before = _cpu_of_others(running)
        while (metrics := _metrics(running)).get(_FINISHED, 0) < jobs:
            if not first and metrics.get("ifcjob_admission_seconds_count", 0) >= slots:
                first = metrics
            if time.monotonic() - started > seconds or running.process.poll() is not None:
                finished, log = metrics.get(_FINISHED, 0), running.log.read_text()[-3000:]
                waited = time.monotonic() - started
                raise TimeoutError(f"{finished:.0f} of {jobs} IfcJobs finished within {waited:.0f} s: {log}")
            time.sleep(1)
        wall = time.monotonic() - started
        cpu, peak, metrics = running.cpu_seconds, running.peak_bytes, running.metrics()
        others = _cpu_of_others(running) - others_before
    return _run_of(plane, jobs, slots, wall, (cpu, others), peak, metrics, first)


def _cpu_of_others(running: Operator) -> float:
    """Return the CPU seconds so far of the processes that this one has started, without the operator."""
    processes = psutil.Process().children(recursive=True)
    times = [process.cpu_times() for process in processes if process.pid != running.process.pid]
    return float(sum(used.user + used.system for used in times))


_FINISHED = 'ifcjob_finished_total{outcome="Succeeded",reason=""}'


@dataclass(frozen=True)
class Restart:
    """The results of a start of the operator in a used cluster."""

    seconds: float
    """To the first admission."""
    cpu_seconds: float
    """Of the operator, until then."""
    peak_mebibytes: float
    operator_cpu_share: float
    control_plane_cpu_share: float
    """Of all CPUs, until the first admission."""


def restart(plane: ControlPlane, settle_seconds: float = 10) -> Restart:
    """Start the operator in a used cluster, and measure its memory for `settle_seconds` after the first admission."""
    asyncio.run(submit(plane, 1, prefix=f"late-{int(time.time())}"))
    with operator(plane) as running:
        end, others_before = time.monotonic() + 600, _cpu_of_others(running)
        while _metrics(running).get("ifcjob_admission_seconds_count", 0) < 1:
            if time.monotonic() > end:
                raise TimeoutError(running.log.read_text()[-3000:])
            time.sleep(0.1)
        seconds = time.time() - running.started
        cpu = running.cpu_seconds, _cpu_of_others(running) - others_before
        shares = [used / seconds / (os.cpu_count() or 1) for used in cpu]
        time.sleep(settle_seconds)
        return Restart(seconds, cpu[0], running.peak_bytes / 2**20, *shares)


def _metrics(running: Operator) -> dict[str, float]:
    try:
        return running.metrics()
    except OSError:  # the operator does not listen yet
        return {}


def _run_of(
    plane: ControlPlane,
    jobs: int,
    slots: int,
    wall: float,
    cpu: tuple[float, float],
    peak: int,
    metrics: Mapping[str, float],
    first: Mapping[str, float],
) -> Run:
    ifcjobs = _listed(plane, "ifcjobs")
    created = [job for job in _listed(plane, "jobs") if "ifcjob.io/uid" in job["metadata"]["labels"]]
    admitted = sorted(_time(job["status"]["admittedAt"]) for job in ifcjobs)
    steady = admitted[slots:]
    durations = [_duration(job) for job in created]
    steady_metrics = {name: value - first.get(name, 0) for name, value in metrics.items()}
    uids = [job["metadata"]["labels"]["ifcjob.io/uid"] for job in created]
    writes = sum(
        value
        for name, value in metrics.items()
        if name.startswith("ifcjob_kubernetes_requests_total") and _is_write(name)
    )
    return Run(
        jobs=jobs,
        slots=slots,
        wall_seconds=wall,
        admissions_per_second=len(steady) / (steady[-1] - steady[0]) if len(steady) > 1 else 0,
        allowed_per_second=slots / mean(durations),
        admission_p50=_quantile(steady_metrics, 0.5),
        admission_p99=_quantile(steady_metrics, 0.99),
        writes_per_job=writes / jobs,
        cpu_milliseconds_per_job=cpu[0] * 1000 / jobs,
        peak_mebibytes=peak / 2**20,
        operator_cpu_share=cpu[0] / wall / (os.cpu_count() or 1),
        control_plane_cpu_share=cpu[1] / wall / (os.cpu_count() or 1),
        succeeded=sum(job["status"]["phase"] == "Succeeded" for job in ifcjobs),
        duplicates=len(uids) - len(set(uids)),
    )


def _is_write(name: str) -> bool:
    return any(f'verb="{verb}"' in name for verb in ("POST", "PATCH", "DELETE", "PUT"))


def _listed(plane: ControlPlane, kind: str) -> list[dict]:  # type: ignore[type-arg] # JSON
    listing = plane.kubectl("get", kind, "-n", NAMESPACE, "-o", "json")
    return json.loads(listing.stdout)["items"]  # type: ignore[no-any-return]


def _duration(job: dict) -> float:  # type: ignore[type-arg] # JSON
    return _time(job["status"]["completionTime"]) - _time(job["metadata"]["creationTimestamp"])


def _time(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _quantile(metrics: Mapping[str, float], share: float) -> float:
    """Interpolate within a bucket of the histogram, as Prometheus does."""
    prefix = 'ifcjob_admission_seconds_bucket{le="'
    buckets = sorted(
        (float(name.removeprefix(prefix).rstrip('"}')), value)
        for name, value in metrics.items()
        if name.startswith(prefix)
    )
    rank, below, lower = buckets[-1][1] * share, 0.0, 0.0
    for upper, count in buckets:
        if count >= rank:
            inside = (rank - below) / max(1, count - below)
            return lower + (min(upper, lower * 10 or 1) - lower) * inside
        below, lower = count, upper
    return float("inf")
