"""Measure our viewer beside others: `python -m bench.web.peers [NAME…] --output bench/web/RESULTS.md`.

A NAME is a model: `janesville`, or `janesville@100` (an IFC file of 100 MB made from it). Needs node, npm, Chromium,
the packages of web/ and the models in IFCJOB_CORPUS. The peers and the converted models stay in the cache.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.sections import parser_of, write_section
from bench.web.peers.report import Column, Visit, section, summary
from bench.web.peers.viewers import HERE, IFCJOB, VIEWERS, Model, Viewer, build_page, model_of
from bench.web.report import TITLE
from tools.chromium import chromium_program
from tools.npm_packages import VIEWER, installed

MODELS = ("duplex_arch", "janesville", "janesville@100")
_SECONDS = 600
"""Of one visit."""


def main() -> None:
    """Measure each model with each viewer, in turns, and write the section."""
    parser = parser_of(__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", default=MODELS, help="models (default: all)")
    parser.add_argument("--runs", type=int, default=3, help="visits of each viewer (default: %(default)s)")
    parser.add_argument("--pictures", type=Path, help="a folder for a screenshot of each visit (default: none)")
    options = parser.parse_args()
    chromium = chromium_program()
    if chromium is None:
        raise SystemExit("the benchmark needs Chromium")
    loads = [os.getloadavg()[0]]
    results: dict[str, list[Column]] = {}
    with tempfile.TemporaryDirectory() as folder:
        pages = {viewer: Path(folder, viewer.name) for viewer in VIEWERS}
        for viewer, page in pages.items():
            build_page(viewer, page)
        for name in options.names:
            results[name] = measured(name, pages, options.runs, chromium, options.pictures)
            loads.append(os.getloadavg()[0])
            sys.stdout.write(summary(name, results[name]) + "\n")
            sys.stdout.flush()
            if options.output:
                write_section(options.output, section(results, options.runs, loads), TITLE)


def measured(name: str, pages: dict[Viewer, Path], runs: int, chromium: str, pictures: Path | None) -> list[Column]:
    """Visit the viewers in turns, so that other load on the machine meets all of them."""
    models = {viewer: model_of(viewer, name) for viewer in pages}
    visits: dict[Viewer, list[Visit]] = {viewer: [] for viewer in pages}
    errors: dict[Viewer, str] = {}
    away: float | None = None
    for _ in range(runs):
        for viewer, page in pages.items():
            if viewer in errors:
                continue
            picture = pictures and pictures / f"{name}-{viewer.name}.png"
            try:
                visit = visited(page, chromium, models[viewer], away, picture)
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                errors[viewer] = "no answer" if isinstance(error, subprocess.TimeoutExpired) else _reason(error)
                continue
            visits[viewer].append(visit)
            away = visit["away"] if viewer is IFCJOB else away
    return [Column.of(viewer, pages[viewer], models[viewer], visits[viewer], errors.get(viewer)) for viewer in pages]


def visited(page: Path, chromium: str, model: Model, away: float | None, picture: Path | None) -> Visit:
    """Return what one visit measures, with the camera this far from the middle of the model."""
    request = {"page": str(page / "index.html"), "chromium": chromium, "model": str(model.path), "radius": away}
    if picture:
        request["picture"] = str(picture)
    environment = os.environ | {"NODE_PATH": str(installed(VIEWER) / "node_modules")}
    command = ["node", str(HERE / "visit.cjs"), json.dumps(request)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=_SECONDS)
    result: Visit = json.loads(done.stdout)
    return result


def _reason(error: subprocess.CalledProcessError) -> str:
    lines = str(error.stderr).strip().splitlines()
    return lines[0] if lines else f"exit code {error.returncode}"


if __name__ == "__main__":
    main()
