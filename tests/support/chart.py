"""The chart as helm renders it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.cluster.tools import ToolsUnavailable, tool

if TYPE_CHECKING:
    from tests.support.manifests import Manifest

CHART = Path(__file__).parents[2] / "charts" / "ifcjob"
SYSTEM = "ifcjob-system"


class Refused(Exception):
    """helm refuses the values; the message is what it says."""


def rendered(values: dict[str, Any], *, namespace: str = SYSTEM, release: str = "ifcjob") -> list[Manifest]:
    """Return the objects of a release with these values. Raises Refused."""
    return [each for each in yaml.safe_load_all(rendering(values, namespace=namespace, release=release)) if each]


def rendering(values: dict[str, Any], *, namespace: str = SYSTEM, release: str = "ifcjob", kubernetes: str = "") -> str:
    """Return the text of a release's objects, for a Kubernetes version or the newest. Raises Refused."""
    try:
        helm = tool("helm")
    except ToolsUnavailable as error:
        pytest.skip(f"needs helm: {error}")
    command = [str(helm), "template", release, str(CHART), "--namespace", namespace, "--values", "-"]
    command += ["--kube-version", kubernetes] if kubernetes else []
    done = subprocess.run(
        command, input=json.dumps(values), capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]}
    )
    if done.returncode:
        raise Refused(done.stderr)
    return done.stdout


def named(objects: list[Manifest], kind: str) -> dict[str, Manifest]:
    """Return the objects of a kind by name."""
    return {each["metadata"]["name"]: each for each in objects if each["kind"] == kind}
