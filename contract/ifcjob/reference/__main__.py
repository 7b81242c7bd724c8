"""Write docs/reference and crds, or with `--check` list the files that differ from the contract types."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ifcjob.crd.files import crd_files
from ifcjob.reference.artifact_page import artifact_page
from ifcjob.reference.failure_page import failure_page
from ifcjob.reference.ifcjob_page import ifcjob_page
from ifcjob.reference.ifcqueue_page import ifcqueue_page
from ifcjob.reference.request_page import request_page
from ifcjob.reference.schemas import schema_files

REFERENCE = "docs/reference"
CHART = "charts/ifcjob/files"


def generated_files() -> dict[str, str]:
    """Return the text of each generated file by its path in the project."""
    pages = {
        "artifacts.md": artifact_page(),
        "failure-reasons.md": failure_page(),
        "ifcjob.md": ifcjob_page(),
        "ifcqueue.md": ifcqueue_page(),
        "run-request.md": request_page(),
        **schema_files(),
    }
    crds = crd_files()
    # Helm reads no file outside a chart.
    for_chart = {f"{CHART}/{name}": text for name, text in crds.items()}
    return {**{f"{REFERENCE}/{name}": text for name, text in pages.items()}, **crds, **for_chart}


def stale_files(project: Path) -> list[str]:
    """Return the generated files that are missing, differ, or belong to removed types."""
    files = generated_files()
    stale = {name for name, text in files.items() if not _holds(project / name, text)}
    existing = [
        *project.glob(f"{REFERENCE}/schemas/*.json"),
        *project.glob("crds/*.yaml"),
        *project.glob(f"{CHART}/crds/*.yaml"),
    ]
    left_over = {path.relative_to(project).as_posix() for path in existing} - files.keys()
    return sorted(stale | left_over)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 1 if `--check` finds a stale file."""
    parser = argparse.ArgumentParser(prog="python -m ifcjob.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 naming the stale files")
    parser.add_argument("--project", type=Path, default=Path(), help="the project's folder; default: this one")
    options = parser.parse_args(arguments)
    if not options.check:
        _write(options.project)
        return 0
    stale = stale_files(options.project)
    for name in stale:
        sys.stderr.write(f"{options.project / name} is stale: run `make generate`\n")
    return 1 if stale else 0


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _write(project: Path) -> None:
    for name, text in generated_files().items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in stale_files(project):
        (project / name).unlink()


if __name__ == "__main__":
    sys.exit(main())
