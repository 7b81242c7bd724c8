"""Measure bars and write the results: `python -m bench.run [NAME…] --pairs 5 --output bench/RESULTS.md`.

A NAME selects the bars whose names start with it, such as `web-ifc` or `whole-duplex_arch`. The peers are installed
first: web-ifc needs Node.js with npm, ifc-lite needs Rust. The exit code is 1 if a limit does not hold.
"""

import argparse
import sys
from pathlib import Path

from bench.bars import BARS, GROWTH, MEDIANS
from bench.engines import Program, Setup
from bench.judge import Bench, Row
from bench.peer_builds import PeerMissingError, ifc_lite, web_ifc
from bench.report import page, problem_text, verdict
from bench.sections import existing_sections


def main() -> int:
    """Measure the selected bars and print each row when it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a bar, or the start of its name (default: all bars)")
    parser.add_argument("--pairs", type=int, default=5, help="runs per program and bar (default: %(default)s)")
    parser.add_argument("--output", type=Path, help="the page to write; its other sections are kept")
    parser.add_argument(
        "--ifcjob", metavar="COMMAND", help="the ifcjob command to measure (default: the installed one)"
    )
    parser.add_argument("--list", action="store_true", help="list the bars and exit")
    options = parser.parse_args()
    names = tuple(options.names) or ("",)
    available = [*(bar.name for bar in BARS), *(bar.name for bar in MEDIANS), *(bar.name for bar in GROWTH)]
    if unknown := [name for name in names if not any(bar.startswith(name) for bar in available)]:
        parser.error(f"no bar starts with {', '.join(unknown)}; --list names them")
    if options.list:
        print(*(name for name in available if name.startswith(names)), sep="\n")
        return 0
    bench = Bench(Setup.of(options.ifcjob), options.pairs)
    _build_peers(names)
    _measure(bench, names)
    if options.output:
        options.output.write_text(page(bench) + existing_sections(options.output))
    return int(any(row.passed is False for row in bench.rows))


def _build_peers(names: tuple[str, ...]) -> None:
    """Build the peers of the selected bars before anything is measured."""
    needed = {bar.peer.program for bar in BARS if bar.peer and bar.name.startswith(names)}
    for program, build in ((Program.WEB_IFC, web_ifc), (Program.IFC_LITE, ifc_lite)):
        if program in needed:
            print(f"building {program}", flush=True)
            try:
                build()
            except PeerMissingError as error:
                print(error, flush=True)


def _measure(bench: Bench, names: tuple[str, ...]) -> None:
    for bar in BARS:
        if bar.name.startswith(names):
            _print(bench.measure(bar))
    for median in MEDIANS:
        if median.name.startswith(names):
            _print([bench.median(median)])
    for growth in GROWTH:
        if growth.name.startswith(names):
            _print([bench.grow(growth)])


def _print(rows: list[Row]) -> None:
    for row in rows:
        value = "?" if row.value is None else f"{row.value:.3f}"
        print(f"{row.bar:28} {row.metric.value:12} {value:>14} {verdict(row)} {problem_text(row)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
