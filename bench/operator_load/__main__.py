"""Measure the operator: `python -m bench.operator_load [--jobs N] [--output bench/RESULTS.md]`.

Takes about twenty minutes with 10,000 IfcJobs, less with fewer; leave the machine to it. The exit code is 1 when a
limit does not hold.
"""

import argparse
import sys
from pathlib import Path

from bench.operator_load.arena import RAISED, STOCK, arena
from bench.operator_load.measure import Run, restart, run_many
from bench.operator_load.page import Row, section, write_section

SLOTS = 200
LONGEST_SECONDS = 1800.0


def main() -> int:
    """Measure and write the section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000, help="IfcJobs of the largest run (default: %(default)s)")
    parser.add_argument("--output", type=Path, help="the page whose operator section is replaced")
    options = parser.parse_args()
    rows = _measure(options.jobs)
    for row in rows:
        sys.stdout.write(f"{row}\n")
    if options.output:
        write_section(options.output, section(rows))
    return int(any(row.holds is False for row in rows))


def _measure(jobs: int) -> list[Row]:
    with arena(RAISED, SLOTS) as plane:
        few = _told(run_many(plane, jobs // 10, SLOTS, LONGEST_SECONDS))
    with arena(RAISED, SLOTS) as plane:
        many = _told(run_many(plane, jobs, SLOTS, LONGEST_SECONDS))
        again = restart(plane)
    with arena(RAISED, 5 * SLOTS) as plane:
        wide = _told(run_many(plane, jobs * 3 // 10, 5 * SLOTS, LONGEST_SECONDS))
    with arena(STOCK, SLOTS // 4) as plane:  # few slots: it is the controller manager that is slow
        stock = _told(run_many(plane, jobs // 20, SLOTS // 4, LONGEST_SECONDS))
    return rows_of(few, many, wide, stock, again)


def rows_of(few: Run, many: Run, wide: Run, stock: Run, again: tuple[float, float]) -> list[Row]:
    """Lay the figures beside their limits."""
    growth = many.cpu_milliseconds_a_job / few.cpu_milliseconds_a_job
    rows = [
        Row(f"{many.jobs:,} IfcJobs, {many.slots} slots: succeeded", many.succeeded, "", many.jobs, at_least=True),
        Row("Jobs created twice", many.duplicates + few.duplicates + wide.duplicates, "", 0),
        Row("admissions a second, sustained", many.admissions_a_second, ""),
        Row("of those that slots and pod time allow", many.share, "", 0.9, at_least=True),
        Row("free slot to Job created, median", many.admission_p50, "s"),
        Row("free slot to Job created, P99", many.admission_p99, "s", 1.0),
        Row("API writes of ours an IfcJob, the IfcQueue's status included", many.writes_a_job, "", 5.05),
        Row("operator CPU an IfcJob", many.cpu_milliseconds_a_job, "ms", 10.0),
        Row(f"the same over that at {few.jobs:,}", growth, "", 1.3),
        Row("operator's peak memory", many.peak_mebibytes, "MiB", 200.0),
        Row(f"start among {many.jobs:,} finished: first admission", again[0], "s", 6.0),
        Row("its peak memory", again[1], "MiB", 200.0),
        Row("stock controller-manager limits: admissions a second", stock.admissions_a_second, ""),
    ]
    if wide.jobs > wide.slots:  # else there is no time in which all slots are taken
        rows.append(Row(f"with {wide.slots:,} slots, of those allowed", wide.share, "", 0.9, at_least=True))
        rows.append(Row(f"with {wide.slots:,} slots, admissions a second", wide.admissions_a_second, ""))
    return rows


def _told(run: Run) -> Run:
    sys.stderr.write(f"{run}\n")
    return run


if __name__ == "__main__":
    sys.exit(main())
