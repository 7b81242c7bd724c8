"""Compare the memory that `memory: auto` gives a run with what it uses: `python -m bench.memory --output PAGE`.

Whole jobs of each corpus file, and of large ones, run with one and with two workers. The advice is that of an operator
without history. The exit code is 1 if a run uses more than its advice, or if a large file gets more than twice its use.
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.engines import machine
from bench.measure import Command, peak_memory
from bench.samples import corpus, sample_of
from bench.sections import parser_of, write_section
from ifcjob.quantity import mebibytes
from ifcjob.resource import Resources
from ifcjob_operator.planning.memory_advice import advise_memory

LARGE = ("flat@45", "janesville@100", "janesville@500")
LARGE_BYTES = 5_000_000
"""Above this size, an advice should not be far from the use; below it, the floor is."""
MOST_RATIO = 2.0
MAXIMUM = 1 << 40
"""The operator's setting; high enough to play no role."""


@dataclass(frozen=True)
class Row:
    """One run."""

    model: str
    size: int
    workers: int
    advised: int
    used: int

    @property
    def ratio(self) -> float:
        """Return the advised memory divided by the used."""
        return self.advised / self.used

    @property
    def holds(self) -> bool:
        """Whether the advice covers the use, and is not far above it for a large file."""
        return self.ratio >= 1 and (self.size <= LARGE_BYTES or self.ratio <= MOST_RATIO)

    def __str__(self) -> str:
        verdict = "pass" if self.holds else "**FAIL**"
        return (
            f"| {self.model} | {self.size / 1e6:.1f} MB | {self.workers} | {mebibytes(self.advised)} | "
            f"{mebibytes(self.used)} | {self.ratio:.2f} | {verdict} |"
        )


def main() -> int:
    """Measure, print and write the section."""
    parser = parser_of(__doc__)
    parser.add_argument("--models", nargs="+", help="names of models (default: all of the corpus, and large ones)")
    options = parser.parse_args()
    names = options.models or [*sorted(path.stem for path in corpus().glob("*.ifc")), *LARGE]
    rows = []
    for name in names:
        for workers in (1, 2):
            rows.append(measured(name, workers))
            print(rows[-1], flush=True)
    if options.output:
        write_section(options.output, section(rows))
    return int(not all(row.holds for row in rows))


def measured(name: str, workers: int) -> Row:
    """Run a whole job of a model."""
    path = sample_of(name).path
    size = path.stat().st_size
    advised = advise_memory(size, path.name, None, Resources(cpu=str(workers)), MAXIMUM).memory_bytes
    with tempfile.TemporaryDirectory() as folder:
        program = str(Path(sys.executable).with_name("ifcjob"))
        used = peak_memory(Command((program, "run", str(path), "-o", folder, "--quiet", "--workers", str(workers))))
    return Row(name, size, workers, advised, used)


def section(rows: Sequence[Row]) -> str:
    """Return the section's text."""
    table = "\n".join(map(str, rows))
    return f"""<!-- memory: begin -->
## Memory: advised and used

Written by `python -m bench.memory`; do not edit. Whole jobs on this machine ({machine()}; load at the end
{os.getloadavg()[0]:.0f}), one run each, measured {datetime.now(UTC):%Y-%m-%d}. Advised is the limit that `memory: auto`
gives a first attempt without history, with a CPU per worker; used is the peak of all processes of the run. The advice
must cover the use, and be at most {MOST_RATIO:g} times as much for a file above {LARGE_BYTES / 1e6:g} MB.

| model | size | workers | advised | used | ratio | |
|---|---:|---:|---:|---:|---:|---|
{table}
<!-- memory: end -->
"""


if __name__ == "__main__":
    sys.exit(main())
