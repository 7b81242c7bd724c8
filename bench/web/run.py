"""Measure the 3D viewer in Chromium: `python -m bench.web.run [NAME…] --output bench/web/RESULTS.md`.

A NAME is a model: `janesville`, `janesville@100` (an IFC file of 100 MB), or `unshared@100` (a GLB of 100 MB in which
no two elements share a shape). Needs node, npm, Chromium and the models in IFCJOB_CORPUS. Chromium draws with its
software renderer, so that the numbers do not depend on a graphics card.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bench.sections import parser_of, write_section
from bench.web.glb import glb_of
from bench.web.report import TITLE, row_of, section
from tools.chromium import chromium_program
from tools.npm_packages import VIEWER, installed

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "web"
XEOKIT = ("@xeokit/xeokit-sdk@2.6.114",)
"""Installed for the comparison only: its licence (AGPL) does not allow us to ship it."""
MODELS = ("janesville", "janesville@100", "unshared@100")


def main() -> None:
    """Measure each model and print its row."""
    parser = parser_of(__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", default=MODELS, help="models (default: all)")
    parser.add_argument("--peer", action="append", default=[], metavar="NAME", help="models to open in xeokit too")
    options = parser.parse_args()
    chromium = chromium_program()
    if chromium is None:
        raise SystemExit("the benchmark needs Chromium")
    with tempfile.TemporaryDirectory() as folder:
        page = build_page(Path(folder))
        results = {}
        for name in options.names:
            results[name] = measured(page, chromium, glb_of(name))
            print(row_of(name, results[name]), flush=True)
    peers = {name: measured(HERE / "peers" / "xeokit.html", chromium, glb_of(name), XEOKIT) for name in options.peer}
    if options.output:
        write_section(options.output, section(results, peers), TITLE)


def build_page(folder: Path) -> Path:
    """Build the page with the viewer as the application has it."""
    command = ["npx", "vite", "build", "--logLevel", "error", "--config", str(HERE / "vite.config.mjs")]
    subprocess.run(command, cwd=WEB, env=os.environ | {"IFCJOB_BENCH_PAGE": str(folder)}, check=True)
    return folder / "index.html"


def measured(page: Path, chromium: str, model: Path, packages: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return what one visit of the page with the model measures; the page may load these packages."""
    folder = str(installed(packages) / "node_modules") if packages else None
    request = json.dumps({"page": str(page), "chromium": chromium, "model": str(model), "packages": folder})
    environment = os.environ | {"NODE_PATH": str(installed(VIEWER) / "node_modules")}
    command = ["node", str(HERE / "measure.cjs"), request]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    main()
