"""Measure bars and write the results: `python -m bench.run [NAME…] --pairs 5 --output bench/RESULTS.md`.

A NAME selects the bars whose names start with it, such as `web-ifc` or `whole-duplex_arch`. The peers are installed
first: web-ifc needs Node.js with npm, ifc-lite needs Rust. The exit code is 1 if a limit does not hold.

`python -m bench.run --models DIR` measures whole jobs on any folder of IFC files instead, without limits, and prints
the median and the worst ratio to each peer.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.bars import BARS, GROWTH, LINES, MEDIANS, Bar
from bench.engines import Program, Setup
from bench.held_out import bars_of, summary
from bench.judge import Bench, Row
from bench.peer_builds import PeerMissingError, ifc_lite, ifcfast, web_ifc
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
    parser.add_argument("--models", type=Path, metavar="DIR", help="measure whole jobs on the IFC files of a folder")
    options = parser.parse_args()
    if options.models:
        return _measure_folder(Bench(Setup.of(options.ifcjob), options.pairs), options.models)
    names = tuple(options.names) or ("",)
    available = [
        *(bar.name for bar in BARS),
        *(bar.name for bar in MEDIANS),
        *(bar.name for bar in GROWTH),
        *(line.name for line in LINES),
    ]
    if unknown := [name for name in names if not any(bar.startswith(name) for bar in available)]:
        parser.error(f"no bar starts with {', '.join(unknown)}; --list names them")
    if options.list:
        print(*(name for name in available if name.startswith(names)), sep="\n")
        return 0
    bench = Bench(Setup.of(options.ifcjob), options.pairs)
    needed = {line.peer.program for line in LINES if line.name.startswith(names)}
    _build_peers([bar for bar in BARS if bar.name.startswith(names)], needed)
    _measure(bench, names)
    if options.output:
        options.output.write_text(page(bench) + existing_sections(options.output))
    return int(any(row.passed is False for row in bench.rows))


def _measure_folder(bench: Bench, folder: Path) -> int:
    """Measure whole jobs on the files of a folder and print the ratios; return 1 if nothing could be measured."""
    bars = bars_of(folder)
    _build_peers(bars)
    for bar in bars:
        _print(bench.measure(bar))
    lines = summary(bench.rows)
    print(*lines, sep="\n")
    return int(not lines)


def _build_peers(bars: Sequence[Bar], needed: Iterable[Program] = ()) -> None:
    """Build the peers of the selected bars before anything is measured."""
    needed = {*needed, *(bar.peer.program for bar in bars if bar.peer)}
    for program, build in ((Program.WEB_IFC, web_ifc), (Program.IFC_LITE, ifc_lite), (Program.IFCFAST, ifcfast)):
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
    for line in LINES:
        if line.name.startswith(names):
            _print(bench.fit(line))


def _print(rows: list[Row]) -> None:
    for row in rows:
        value = "?" if row.value is None else f"{row.value:.3f}"
        print(f"{row.bar:28} {row.metric.value:12} {value:>14} {verdict(row)} {problem_text(row)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
