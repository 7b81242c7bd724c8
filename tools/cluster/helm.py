"""Helm, on the chart of this tree."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tools.go_programs import tool

CHART = Path(__file__).resolve().parents[2] / "charts" / "ifcjob"
SYSTEM = "ifcjob-system"
"""The namespace of the release."""
Values = Mapping[str, Any]
BUILT = {
    "image": {"registry": "docker.io"},
    "operator": {"image": {"tag": "dev"}},
    "runner": {"image": {"tag": "dev"}},
    "web": {"image": {"tag": "dev"}},
}
"""Values for the images that are built from this tree."""


def helm(
    *arguments: str, values: Values | None = None, inside: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Run helm; look at `returncode`, nothing is raised. `inside` stands before the command."""
    given = ["--values", "-"] if values is not None else []
    return subprocess.run(
        [*inside, str(tool("helm")), *arguments, *given],
        input=json.dumps(values) if values is not None else None,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def merged(values: Values, changes: Values) -> dict[str, Any]:
    """Return values with changes, as helm merges them: objects are merged, everything else is replaced."""
    result = dict(values)
    for name, value in changes.items():
        known = result.get(name)
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        result[name] = merged(known, value) if both else value  # type: ignore[arg-type]
    return result
