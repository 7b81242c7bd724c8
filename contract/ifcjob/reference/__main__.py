"""Write docs/reference, or with `--check` name the files in it that the contract types no longer agree with."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ifcjob.reference.artifact_page import artifact_page
from ifcjob.reference.failure_page import failure_page
from ifcjob.reference.request_page import request_page
from ifcjob.reference.schemas import schema_files


def generated_files() -> dict[str, str]:
    """Return the text of every generated file by its name below docs/reference."""
    return {
        "artifacts.md": artifact_page(),
        "failure-reasons.md": failure_page(),
        "run-request.md": request_page(),
        **schema_files(),
    }


def stale_files(folder: Path) -> list[str]:
    """Name the files of `folder` that are missing, differ, or are schemas of types that are gone."""
    files = generated_files()
    stale = {name for name, text in files.items() if not _holds(folder / name, text)}
    left_over = {f"schemas/{path.name}" for path in folder.glob("schemas/*.json")} - files.keys()
    return sorted(stale | left_over)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 1 when `--check` finds a stale file."""
    parser = argparse.ArgumentParser(prog="python -m ifcjob.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 naming the stale files")
    parser.add_argument("--folder", type=Path, default=Path("docs/reference"), help="default: docs/reference")
    options = parser.parse_args(arguments)
    if not options.check:
        _write(options.folder)
        return 0
    stale = stale_files(options.folder)
    for name in stale:
        sys.stderr.write(f"{options.folder / name} is stale: run `make generate`\n")
    return 1 if stale else 0


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _write(folder: Path) -> None:
    for name, text in generated_files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in stale_files(folder):
        (folder / name).unlink()


if __name__ == "__main__":
    sys.exit(main())
