"""Measure whole jobs against an earlier commit: `python -m bench.before COMMIT --ifcjob PATH --output PAGE`.

PATH is the `ifcjob` command of a worktree of that commit (`git worktree add`, then `make setup` there). Both commands
run in turns. The ratio is the median over the pairs, because a pair meets the same load on the machine. The exit code
is 1 if the median over the models is above the limit.
"""

import statistics
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.engines import machine
from bench.measure import Command, Pairs, run, run_pairs
from bench.samples import sample_of
from bench.sections import parser_of, write_section

MODELS = ("duplex_arch", "office_a", "ac20_fzk", "janesville", "houten_kozijnen")
LIMIT = 1.05
"""The largest accepted median over the models."""


@dataclass(frozen=True)
class Row:
    """One model and one measure."""

    model: str
    measure: str
    now: float
    before: float
    ratios: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Return the median over the pairs."""
        return statistics.median(self.ratios)

    def __str__(self) -> str:
        spread = f"{min(self.ratios):.2f} to {max(self.ratios):.2f}"
        return (
            f"| {self.model} | {self.measure} | {self.now:.2f} s | {self.before:.2f} s | {self.ratio:.3f} | {spread} |"
        )


def main() -> int:
    """Measure, print and write the section."""
    parser = parser_of(__doc__)
    parser.add_argument("commit", help="the earlier commit, for the page")
    parser.add_argument("--ifcjob", type=Path, required=True, help="its ifcjob command")
    parser.add_argument("--models", nargs="+", default=list(MODELS), help="names of models (default: %(default)s)")
    parser.add_argument("--pairs", type=int, default=7, help="runs per command and model (default: %(default)s)")
    options = parser.parse_args()
    rows: list[Row] = []
    for model in options.models:
        new = rows_of(model, _measured(model, options.ifcjob, options.pairs))
        print(*new, sep="\n", flush=True)
        rows += new
    if options.output:
        write_section(options.output, section(rows, options.commit, options.pairs))
    return int(any(median > LIMIT for median in medians(rows).values()))


def _measured(model: str, earlier: Path, pairs: int) -> Pairs:
    with tempfile.TemporaryDirectory() as folder:
        now, before = (
            Command((str(program), "run", str(sample_of(model).path), "-o", folder, "--quiet"))
            for program in (Path(sys.executable).with_name("ifcjob"), earlier.absolute())
        )
        for command in (now, before):
            run(command)  # the first run of each reads its files from the disk
        return run_pairs(now, before, pairs)


def rows_of(model: str, pairs: Pairs) -> list[Row]:
    """Return a row for the wall time and one for the CPU time."""
    rows = []
    for measure, attribute in (("wall", "wall_seconds"), ("CPU", "cpu_seconds")):
        now, before = ([float(getattr(usage, attribute)) for usage in usages] for usages in (pairs.a, pairs.b))
        ratios = tuple(a / b for a, b in zip(now, before, strict=True))
        rows.append(Row(model, measure, statistics.median(now), statistics.median(before), ratios))
    return rows


def medians(rows: list[Row]) -> dict[str, float]:
    """Return the median ratio over the models, by measure."""
    return {
        measure: statistics.median(row.ratio for row in rows if row.measure == measure)
        for measure in dict.fromkeys(row.measure for row in rows)
    }


def section(rows: list[Row], commit: str, pairs: int) -> str:
    """Return the section's text."""
    table = "\n".join(map(str, rows))
    ends = "; ".join(
        f"{measure} {median:.3f} ({'pass' if median <= LIMIT else '**FAIL**'})"
        for measure, median in medians(rows).items()
    )
    return f"""<!-- before: begin -->
## Against an earlier commit

Written by `python -m bench.before`; do not edit. Whole jobs of this version and of `{commit}` run in turns on the same
machine ({machine()}); {pairs} pairs per model, measured {datetime.now(UTC):%Y-%m-%d}. Times are medians, the ratio is
the median over the pairs, and the spread is the smallest and the largest.

| model | measure | now | before | ratio | spread |
|---|---|---:|---:|---:|---:|
{table}

Median over the models, at most {LIMIT}: {ends}.
<!-- before: end -->
"""


if __name__ == "__main__":
    sys.exit(main())
