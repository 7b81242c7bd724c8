"""Run the bars and write the results: `python -m bench.run [NAME…] --pairs 5 --output bench/RESULTS.md`.

A NAME is the name of a bar or a prefix of some (`web-ifc`, `whole-duplex_arch`). The exit code is 1 when a limit does
not hold.
"""

import argparse
import sys
from pathlib import Path

from bench.bars import BARS, GROWTH, TOGETHER
from bench.engines import Setup
from bench.judge import Bench, Row
from bench.operator_load.page import kept
from bench.report import page, verdict


def main() -> int:
    """Measure what was asked for, telling each row as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--output", type=Path, help="write the page here too")
    parser.add_argument("--ours", metavar="COMMAND", help="what to call for `ifcjob` (default: the one installed here)")
    parser.add_argument("--list", action="store_true", help="only name the bars")
    options = parser.parse_args()
    names = tuple(options.names) or ("",)
    known = [*(bar.name for bar in BARS), *(bar.name for bar in TOGETHER), *(bar.name for bar in GROWTH)]
    if unknown := [name for name in names if not any(bar.startswith(name) for bar in known)]:
        parser.error(f"no bar starts with {', '.join(unknown)}; --list names them")
    if options.list:
        print(*(name for name in known if name.startswith(names)), sep="\n")
        return 0
    bench = Bench(Setup.of(options.ours), options.pairs)
    _measure(bench, names)
    if options.output:
        options.output.write_text(page(bench) + kept(options.output))
    return int(any(row.passed is False for row in bench.rows))


def _measure(bench: Bench, names: tuple[str, ...]) -> None:
    for bar in BARS:
        if bar.name.startswith(names):
            _tell(bench.measure(bar))
    for median in TOGETHER:
        if median.name.startswith(names):
            _tell([bench.together(median)])
    for growth in GROWTH:
        if growth.name.startswith(names):
            _tell([bench.grow(growth)])


def _tell(rows: list[Row]) -> None:
    for row in rows:
        value = "?" if row.value is None else f"{row.value:.3f}"
        print(f"{row.bar:28} {row.metric.value:12} {value:>14} {verdict(row)} {row.problem[-300:]}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
