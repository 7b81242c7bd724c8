"""Writes generated pages, or with `--check` lists those that differ from the code."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path


def write_pages(
    program: str, description: str | None, pages: Mapping[str, Callable[[], str]], arguments: Sequence[str] | None
) -> int:
    """Run the command and return its exit code: 1 when `--check` finds a stale page."""
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 naming the stale pages")
    parser.add_argument("--project", type=Path, default=Path(), help="the project's folder; default: this one")
    options = parser.parse_args(arguments)
    stale = 0
    for name, page in pages.items():
        path = options.project / name
        if path.is_file() and path.read_text(encoding="utf-8") == page():
            continue
        if options.check:
            sys.stderr.write(f"{path} is stale: run `make generate`\n")
            stale = 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page(), encoding="utf-8")
    return stale
