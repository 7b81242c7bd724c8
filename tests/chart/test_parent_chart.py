"""The chart as a dependency of another one: its schema accepts what Helm adds to the values."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.cluster.helm import CHART, helm
from tools.go_programs import ToolsUnavailable


def rendered(folder: Path, values: dict[str, Any]) -> list[Any]:
    """Return the objects of a chart with these values for ifcjob."""
    shutil.copytree(CHART, folder / "charts" / "ifcjob")
    own = {"name": "ifcjob", "version": "0.1.0", "condition": "ifcjob.enabled"}
    about = {"apiVersion": "v2", "name": "parent", "version": "1.0.0", "dependencies": [own]}
    (folder / "Chart.yaml").write_text(yaml.safe_dump(about), encoding="utf-8")
    (folder / "values.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    try:
        done = helm("template", "ifcjob", str(folder))
    except ToolsUnavailable as error:
        pytest.skip(f"needs helm: {error}")
    assert done.returncode == 0, done.stderr
    return [manifest for manifest in yaml.safe_load_all(done.stdout) if manifest]


@pytest.mark.parametrize("is_enabled", [True, False])
def test_condition_of_a_parent_switches_the_chart(tmp_path: Path, is_enabled: Any) -> None:
    values = {"ifcjob": {"enabled": is_enabled}, "global": {"region": "north"}}
    assert bool(rendered(tmp_path, values)) == is_enabled
