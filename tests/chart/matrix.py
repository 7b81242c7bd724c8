"""The sets of values that the chart is checked with, and what it makes of each."""

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
    found: dict[str, Any] = yaml.safe_load((VALUES / f"{case}.yaml").read_text(encoding="utf-8"))
    return found


@functools.cache
def text(case: str, kubernetes: str = "") -> str:
    """Return what the chart makes of a case, for a Kubernetes version or the newest."""
    return rendering(values(case), kubernetes=kubernetes)


@functools.cache
def objects(case: str) -> list[Manifest]:
    """Return it as objects; copy them before you change them."""
    return [each for each in yaml.safe_load_all(text(case)) if each]


def program(name: str) -> str:
    """Return the path of a program, built first when it is missing; skip where it cannot be."""
    try:
        return str(tool(name))
    except ToolsUnavailable as error:
        pytest.skip(f"needs {name}: {error}")


def run(name: str, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program, on manifests."""
    return subprocess.run([program(name), *arguments], input=given, capture_output=True, text=True, check=False)
