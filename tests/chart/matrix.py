"""The value sets of the chart's tests, with their rendered objects."""

import functools
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.chart import rendering
from tests.support.manifests import Manifest
from tools.go_programs import ToolsUnavailable, tool

VALUES = Path(__file__).with_name("values")
CASES = sorted(path.stem for path in VALUES.glob("*.yaml"))


def values(case: str) -> dict[str, Any]:
    """Return the values of a case."""
    content: dict[str, Any] = yaml.safe_load((VALUES / f"{case}.yaml").read_text(encoding="utf-8"))
    return content


@functools.cache
def text(case: str, kubernetes: str = "") -> str:
    """Render a case for a Kubernetes version, by default the newest."""
    return rendering(values(case), kubernetes=kubernetes)


@functools.cache
def objects(case: str) -> list[Manifest]:
    """Return the rendered objects of a case. Copy them before changing them."""
    return [item for item in yaml.safe_load_all(text(case)) if item]


def program(name: str) -> str:
    """Return the path of a program, building it if missing; skip the test if that fails."""
    try:
        return str(tool(name))
    except ToolsUnavailable as error:
        pytest.skip(f"needs {name}: {error}")


def run(name: str, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program with manifests on standard input."""
    return subprocess.run([program(name), *arguments], input=given, capture_output=True, text=True, check=False)
