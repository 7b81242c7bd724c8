"""Measure the operator: `python -m bench.operator_load [--jobs N] [--output bench/RESULTS.md]`.

It takes about twenty minutes with 10,000 IfcJobs; run nothing else meanwhile. The exit code is 1 if a limit does not
hold.
"""

import argparse
import sys
from pathlib import Path

from bench.operator_load.cluster import RAISED, STOCK, simulated_cluster
from bench.operator_load.measure import Restart, Run, restart, run_many
from bench.operator_load.page import section
from bench.sections import Row, report

SLOTS = 200
TIMEOUT_SECONDS = 1800.0


def main() -> int:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000, help="IfcJobs of the largest run (default: %(default)s)")
    parser.add_argument("--output", type=Path, help="the page whose operator section is replaced (default: none)")
    options = parser.parse_args()
    rows = _measure(options.jobs)
    return report(rows, options.output, lambda: section(rows))


def _measure(jobs: int) -> list[Row]:
    with simulated_cluster(RAISED, SLOTS) as plane:
        small = _logged(run_many(plane, jobs // 10, SLOTS, TIMEOUT_SECONDS))
    with simulated_cluster(RAISED, SLOTS) as plane:
        large = _logged(run_many(plane, jobs, SLOTS, TIMEOUT_SECONDS))
        restarted = restart(plane)
    with simulated_cluster(RAISED, 5 * SLOTS) as plane:
        many_slots = _logged(run_many(plane, jobs * 3 // 10, 5 * SLOTS, TIMEOUT_SECONDS))
    with simulated_cluster(STOCK, SLOTS // 4) as plane:  # the controller manager is the bottleneck, not the slots
        stock = _logged(run_many(plane, jobs // 20, SLOTS // 4, TIMEOUT_SECONDS))
    return rows_of(small, large, many_slots, stock, restarted)


def rows_of(small: Run, large: Run, many_slots: Run, stock: Run, restarted: Restart) -> list[Row]:
    """Return the numbers with their limits."""
    growth = large.cpu_milliseconds_per_job / small.cpu_milliseconds_per_job
    rows = [
        Row(f"{large.jobs:,} IfcJobs, {large.slots} slots: succeeded", large.succeeded, "", large.jobs, at_least=True),
        Row("duplicate Jobs", large.duplicates + small.duplicates + many_slots.duplicates, "", 0),
        Row("sustained admissions per second", large.admissions_per_second, ""),
        Row("share of the admissions that slots and pod time allow", large.share, "", 0.95, at_least=True),
        Row("free slot to Job created, median", large.admission_p50, "s"),
        Row("free slot to Job created, P99", large.admission_p99, "s", 1.0),
        Row("API writes of the operator per IfcJob, with the IfcQueue's status", large.writes_per_job, "", 5.05),
        Row("operator CPU per IfcJob", large.cpu_milliseconds_per_job, "ms", 7.0),
        Row("share of all CPUs: the operator", large.operator_cpu_share, ""),
        Row("share of all CPUs: control plane and kwok", large.control_plane_cpu_share, ""),
        Row(f"operator CPU per IfcJob, relative to {small.jobs:,} IfcJobs", growth, "", 1.3),
        Row("operator peak memory", large.peak_mebibytes, "MiB", 200.0),
        Row(f"restart with {large.jobs:,} finished IfcJobs: first admission", restarted.seconds, "s", 6.0),
        Row(f"restart with {large.jobs:,} finished IfcJobs: peak memory", restarted.peak_mebibytes, "MiB", 200.0),
        Row("stock kube-controller-manager limits: admissions per second", stock.admissions_per_second, ""),
    ]
    if many_slots.jobs > many_slots.slots:  # otherwise the slots are never all taken
        label = f"{many_slots.slots:,} slots"
        rows.append(Row(f"{label}: share of the admissions allowed", many_slots.share, "", 0.95, at_least=True))
        rows.append(Row(f"{label}: admissions per second", many_slots.admissions_per_second, ""))
    return rows


def _logged(run: Run) -> Run:
    sys.stderr.write(f"{run}\n")
    return run


if __name__ == "__main__":
    sys.exit(main())
