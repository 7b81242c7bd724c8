"""Write the chart's README from README.md.gotmpl and values.yaml: `python -m tools.chart_readme [--check]`."""

import argparse
import subprocess
import sys

from tools.cluster.helm import CHART
from tools.go_programs import ToolsUnavailable, is_built, tool

README = CHART / "README.md"


def current() -> str:
    """Return the README as it should be. Raises ToolsUnavailable."""
    command = [str(tool("helm-docs")), "--chart-search-root", str(CHART), "--dry-run", "--sort-values-order", "file"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    # A chart that it cannot read it passes over.
    if done.returncode or not done.stdout.strip():
        raise SystemExit(done.stderr)
    return done.stdout.strip() + "\n"


def main() -> None:
    """Write it, or tell whether what is written is current."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing; fail when the file is not current")
    check = arguments.parse_args().check
    if not is_built("helm-docs") and check:
        sys.stdout.write(f"{README.name} of the chart is not checked: helm-docs is not built yet\n")
        return
    try:
        text = current()
    except ToolsUnavailable as error:
        sys.stdout.write(f"{README.name} of the chart is not written: {error}\n")
        return
    if not check:
        README.write_text(text, encoding="utf-8")
    elif README.read_text(encoding="utf-8") != text:
        raise SystemExit("charts/ifcjob/README.md is not current: run `make generate`")


if __name__ == "__main__":
    main()
