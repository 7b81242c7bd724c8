"""The examples in docs/how-to/monitoring.md are valid: chart values and Prometheus configuration."""

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


def test_chart_accepts_the_values_of_the_monitoring_page() -> None:
    values = [block for block in BLOCKS if "monitoring" in block]
    assert len(values) == 2
    for block in values:
        assert rendered(block)
    objects = rendered(values[0])
    assert named(objects, "PodMonitor")
    assert named(objects, "PrometheusRule")
    assert named(objects, "ConfigMap")["ifcjob-dashboard"]["metadata"]["annotations"] == {"grafana_folder": "ifcjob"}


def test_documented_scrape_config_is_valid_and_matches_the_alerts(tmp_path: Path) -> None:
    config = copy.deepcopy(CONFIG)
    # Debian's promtool lacks Kubernetes service discovery: the next test checks this part.
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


def test_documented_service_discovery_matches_its_schema() -> None:
    (scrape,) = CONFIG["scrape_configs"]
    # The field names are Prometheus' own; only the role is capitalized.
    configs = [config | {"role": config["role"].capitalize()} for config in scrape["kubernetes_sd_configs"]]
    manifest = {"apiVersion": "monitoring.coreos.com/v1alpha1", "kind": "ScrapeConfig", "metadata": {"name": "docs"}}
    assert configs
    assert faults(schemas.versions()[-1], yaml.safe_dump(manifest | {"spec": {"kubernetesSDConfigs": configs}})) == []


def test_monitoring_page_counts_the_alerts_correctly() -> None:
    objects = rendered({"monitoring": {"prometheusRule": {"enabled": True}}})
    (group,) = named(objects, "PrometheusRule")["ifcjob"]["spec"]["groups"]
    assert len(group["rules"]) == 20, "the page says twenty"


def test_documented_pod_monitor_selects_only_the_operators_pods() -> None:
    objects = rendered({"monitoring": {"podMonitor": {"enabled": True}}, "bundled": {"postgresql": {"enabled": True}}})
    selector = named(objects, "PodMonitor")["ifcjob-operator"]["spec"]["selector"]["matchLabels"]
    labels = {
        (item["kind"], item["metadata"]["name"]): item["spec"]["template"]["metadata"]["labels"]
        for item in objects
        if "template" in item.get("spec", {})
    }
    assert len(labels) > 2
    assert [key for key, pod_labels in labels.items() if selector.items() <= pod_labels.items()] == [
        ("Deployment", "ifcjob-operator")
    ]
