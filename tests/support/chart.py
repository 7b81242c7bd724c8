"""The chart as helm renders it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tools.cluster.helm import CHART, SYSTEM, helm
from tools.go_programs import ToolsUnavailable

if TYPE_CHECKING:
    from tests.support.manifests import Manifest


class Refused(Exception):
    """helm refuses the values; the message is helm's."""


def rendered(values: dict[str, Any], *, namespace: str = SYSTEM, release: str = "ifcjob") -> list[Manifest]:
    """Return the objects of a release with these values. Raises Refused."""
    return [
        manifest for manifest in yaml.safe_load_all(rendering(values, namespace=namespace, release=release)) if manifest
    ]


def rendering(values: dict[str, Any], *, namespace: str = SYSTEM, release: str = "ifcjob", kubernetes: str = "") -> str:
    """Return the text of a release's objects, for a Kubernetes version or the newest. Raises Refused."""
    options = ["--kube-version", kubernetes] if kubernetes else []
    try:
        done = helm("template", release, str(CHART), "--namespace", namespace, *options, values=values)
    except ToolsUnavailable as error:
        pytest.skip(f"needs helm: {error}")
    if done.returncode:
        raise Refused(done.stderr)
    return done.stdout


def named(objects: list[Manifest], kind: str) -> dict[str, Manifest]:
    """Return the objects of a kind by name."""
    return {manifest["metadata"]["name"]: manifest for manifest in objects if manifest["kind"] == kind}
