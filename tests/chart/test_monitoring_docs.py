"""What docs/how-to/monitoring.md says to write: values that the chart takes, a configuration that Prometheus takes."""

from __future__ import annotations

import copy
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.chart import schemas
from tests.chart.test_manifests import faults
from tests.support.chart import CHART, named, rendered
from tools.go_programs import ToolsUnavailable, tool

if TYPE_CHECKING:
    from pathlib import Path

PAGE = (CHART.parents[1] / "docs" / "how-to" / "monitoring.md").read_text(encoding="utf-8")
BLOCKS = [yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]

(CONFIG,) = (block for block in BLOCKS if "scrape_configs" in block)


def test_the_chart_takes_the_values() -> None:
    values = [block for block in BLOCKS if "monitoring" in block]
    assert len(values) == 2
    for block in values:
        assert rendered(block)
    objects = rendered(values[0])
    assert named(objects, "PodMonitor")
    assert named(objects, "PrometheusRule")
    assert named(objects, "ConfigMap")["ifcjob-dashboard"]["metadata"]["annotations"] == {"grafana_folder": "ifcjob"}


def test_prometheus_takes_the_configuration_and_the_alerts_select_by_its_job(tmp_path: Path) -> None:
    config = copy.deepcopy(CONFIG)
    # Debian's promtool knows no Kubernetes: the next test checks this part.
    del config["scrape_configs"][0]["kubernetes_sd_configs"]
    path = tmp_path / "prometheus.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    try:
        promtool = tool("promtool")
    except ToolsUnavailable as error:
        pytest.skip(f"needs promtool: {error}")
    done = subprocess.run([promtool, "check", "config", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (scrape,) = CONFIG["scrape_configs"]
    objects = rendered({"monitoring": {"podMonitor": {"enabled": True}}})
    (endpoint,) = named(objects, "PodMonitor")["ifcjob-operator"]["spec"]["podMetricsEndpoints"]
    assert scrape["honor_labels"] is endpoint["honorLabels"] is True
    assert endpoint["relabelings"][0] == {"targetLabel": "job", "replacement": scrape["job_name"]}
    (container,) = named(objects, "Deployment")["ifcjob-operator"]["spec"]["template"]["spec"]["containers"]
    assert endpoint["port"] in {port["name"] for port in container["ports"]}
    assert scrape["relabel_configs"][1]["regex"] == endpoint["port"]


def test_the_prometheus_operator_takes_the_service_discovery() -> None:
    (scrape,) = CONFIG["scrape_configs"]
    # Prometheus' own names, but for the capital of the role.
    configs = [config | {"role": config["role"].capitalize()} for config in scrape["kubernetes_sd_configs"]]
    manifest = {"apiVersion": "monitoring.coreos.com/v1alpha1", "kind": "ScrapeConfig", "metadata": {"name": "docs"}}
    assert configs
    assert faults(schemas.versions()[-1], yaml.safe_dump(manifest | {"spec": {"kubernetesSDConfigs": configs}})) == []


def test_every_alert_counted_is_there() -> None:
    objects = rendered({"monitoring": {"prometheusRule": {"enabled": True}}})
    (group,) = named(objects, "PrometheusRule")["ifcjob"]["spec"]["groups"]
    assert len(group["rules"]) == 19, "the page says nineteen"


def test_the_monitor_selects_the_operators_pods_and_no_others() -> None:
    objects = rendered({"monitoring": {"podMonitor": {"enabled": True}}, "bundled": {"postgresql": {"enabled": True}}})
    wanted = named(objects, "PodMonitor")["ifcjob-operator"]["spec"]["selector"]["matchLabels"]
    labels = {
        (each["kind"], each["metadata"]["name"]): each["spec"]["template"]["metadata"]["labels"]
        for each in objects
        if "template" in each.get("spec", {})
    }
    assert len(labels) > 2
    assert [key for key, found in labels.items() if wanted.items() <= found.items()] == [
        ("Deployment", "ifcjob-operator")
    ]
