"""Measure a folder of small files: `python -m bench.many_files [--ifcjob PATH --commit COMMIT] --output PAGE`.

The folder has copies of small models of the corpus. `ifcjob run` runs in turns with `ifcjob run --parallel 1` and, if
PATH is named, with the `ifcjob` command of a worktree of an earlier commit. The exit code is 1 if a limit is exceeded.
"""

import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench.engines import machine
from bench.measure import Command, Pairs, run, run_pairs
from bench.samples import corpus
from bench.sections import Row, parser_of, report

SMALL_BYTES = range(500_000, 1_600_000)
"""The sizes of models to copy: about 1 MB on average."""
COUNT = 42
WALL_RATIO = 0.57
"""From 0.30 to 0.17 s for each file on two idle cores; the ratio holds on a busy machine, too."""
CPU_RATIO = 0.75


def main() -> int:
    """Measure, print and write the section."""
    parser = parser_of(__doc__)
    parser.add_argument("--ifcjob", type=Path, help="the ifcjob command of the earlier commit")
    parser.add_argument("--commit", default="", help="the earlier commit, for the page")
    parser.add_argument("--files", type=int, default=COUNT, help="number of files (default: %(default)s)")
    parser.add_argument("--pairs", type=int, default=5, help="runs of each command (default: %(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        models = make_folder(Path(folder, "models"), options.files)
        now = _command(Path(sys.executable).with_name("ifcjob"), models)
        others = {"`--parallel 1`": Command((*now.argv, "--parallel", "1"))}
        if options.ifcjob:
            others[f"`{options.commit or options.ifcjob}`"] = _command(options.ifcjob.absolute(), models)
        for command in (now, *others.values()):
            run(command)  # the first run reads its files from the disk
        rows = [
            row
            for name, other in others.items()
            for row in rows_of(
                name, run_pairs(now, other, options.pairs), options.files, is_earlier="parallel" not in name
            )
        ]
    return report(rows, options.output, lambda: section(rows, options.files, options.pairs))


def make_folder(folder: Path, count: int) -> Path:
    """Copy the small models of the corpus in turns until the folder has that many files."""
    folder.mkdir()
    models = sorted(path for path in corpus().glob("*.ifc") if path.stat().st_size in SMALL_BYTES)
    if not models:
        raise SystemExit(f"no models of about 1 MB in {corpus()}: set IFCJOB_CORPUS to the folder of real models")
    for number in range(count):
        model = models[number % len(models)]
        shutil.copy(model, folder / f"{number:03}-{model.name}")
    return folder


def _command(program: Path, models: Path) -> Command:
    return Command((str(program), "run", str(models), "-o", str(models.with_name("out")), "--quiet"))


def rows_of(name: str, pairs: Pairs, files: int, *, is_earlier: bool) -> list[Row]:
    """Return the ratios against another command, and the seconds per file."""
    wall, cpu = pairs.ratio(lambda usage: usage.wall_seconds), pairs.ratio(lambda usage: usage.cpu_seconds)
    return [
        Row(f"wall time / {name}", wall.value, "", WALL_RATIO if is_earlier else None),
        Row(f"CPU time / {name}", cpu.value, "", CPU_RATIO if is_earlier else None),
        Row(f"seconds per file, beside {name}", wall.a / files, "s"),
    ]


def section(rows: list[Row], files: int, pairs: int) -> str:
    """Return the section's text."""
    table = "\n".join(map(str, rows))
    load = os.getloadavg()[0]
    return f"""<!-- many: begin -->
## Many small files

Written by `python -m bench.many_files`; do not edit. {files} copies of the corpus models of about 1 MB, in one folder;
the commands run in turns ({machine()}; load at the end {load:.0f}), {pairs} pairs, measured
{datetime.now(UTC):%Y-%m-%d}. Ratios are of medians.

| | value | limit | |
|---|---:|---:|---|
{table}
<!-- many: end -->
"""


if __name__ == "__main__":
    sys.exit(main())
