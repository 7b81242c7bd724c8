"""The chart's alerts: firing conditions, runbooks, and existing metrics and labels."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from ifcjob.failures import FAILURES
from tests.support.chart import CHART, named, rendered
from tests.support.promql import names_of, unknown
from tools.go_programs import ToolsUnavailable, tool

CASES = Path(__file__).parent / "data" / "alerts.yaml"
RUNBOOKS = CHART.parents[1] / "docs" / "reference" / "alerts.md"
Rule = dict[str, Any]


def rules(job: str = "op", **values: Any) -> list[Rule]:
    """Return the rules of a release."""
    monitoring = {"job": job, "prometheusRule": {"enabled": True, **values}}
    (rule,) = named(rendered({"monitoring": monitoring}), "PrometheusRule").values()
    return [alert for group in rule["spec"]["groups"] for alert in group["rules"]]


@pytest.fixture(scope="module")
def promtool() -> Path:
    """Return promtool, building it if missing."""
    try:
        return tool("promtool")
    except ToolsUnavailable as error:
        pytest.skip(f"needs promtool: {error}")


def cases(by_name: dict[str, Rule]) -> dict[str, Any]:
    """Return promtool's test cases with severity and runbook added; `*` stands for all alerts."""
    document: dict[str, Any] = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    for case in document["tests"]:
        checks = []
        for check in case["alert_rule_test"]:
            chosen = by_name if check["alertname"] == "*" else (check["alertname"],)
            checks += [{"exp_alerts": [], **check, "alertname": name} for name in chosen]
        for check in checks:
            rule = by_name[check["alertname"]]
            for alert in check["exp_alerts"]:
                alert["exp_labels"]["severity"] = rule["labels"]["severity"]
                alert["exp_annotations"]["runbook_url"] = rule["annotations"]["runbook_url"]
        case["alert_rule_test"] = checks
    return document


def test_each_alert_has_a_firing_and_a_silent_case(promtool: Path, tmp_path: Path) -> None:
    by_name = {rule["alert"]: rule for rule in rules()}
    (tmp_path / "rules.yaml").write_text(
        yaml.safe_dump({"groups": [{"name": "ifcjob", "rules": [*by_name.values()]}]}), encoding="utf-8"
    )
    document = cases(by_name)
    (tmp_path / "cases.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    for command in (["check", "rules", "--lint=all", "--lint-fatal", "rules.yaml"], ["test", "rules", "cases.yaml"]):
        done = subprocess.run([promtool, *command], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    checks = [
        (check["alertname"], bool(check["exp_alerts"]))
        for case in document["tests"]
        for check in case["alert_rule_test"]
    ]
    assert {(name, fires) for name in by_name for fires in (True, False)} == set(checks)


def test_runbook_page_covers_exactly_the_charts_alerts() -> None:
    alerts = {rule["alert"]: rule for rule in rules()}
    headings = re.findall(r"^## (Ifcjob\w+)$", RUNBOOKS.read_text(encoding="utf-8"), re.MULTILINE)
    assert headings == [*alerts]
    for name, rule in alerts.items():
        url, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert url.endswith("/docs/reference/alerts.md")
        assert anchor == name.lower()
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["description"].endswith(".")


def test_each_runbook_has_meaning_impact_check_and_fix() -> None:
    sections = re.split(r"^## (?=Ifcjob)", RUNBOOKS.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for section in sections:
        for part in ("**Meaning**", "**Impact**", "**Check**", "**Fix**"):
            assert section.count(part) == 1, (section.splitlines()[0], part)
        assert "```console" in section


def test_alerts_name_existing_metrics_and_labels_only() -> None:
    for rule in rules():
        expression = promql_parser.parse(rule["expr"])
        assert names_of(expression), rule
        assert not unknown(expression), (rule["alert"], unknown(expression))
        for text in rule["annotations"].values():
            kept = set(re.findall(r"\$labels\.(\w+)", text))
            assert kept <= {"instance", "job", "resource", "verb", "code", "namespace", "queue", "reason"}


def test_failures_that_users_can_fix_raise_no_alert() -> None:
    (rule,) = (rule for rule in rules() if rule["alert"] == "IfcjobFailures")
    (listed,) = re.findall(r'reason=~"([^"]+)"', rule["expr"])
    assert set(listed.split("|")) == {reason for reason, row in FAILURES.items() if row.fixer != "user"}


def test_values_change_and_disable_single_alerts() -> None:
    changed = {
        "IfcjobQueueStuck": {"threshold": 60, "for": "1m", "severity": "critical"},
        "IfcjobFailures": {"threshold": 0.5, "minimum": 10},
        "IfcjobQueueSaturated": {"enabled": False},
    }
    standard = {rule["alert"]: rule for rule in rules()}
    alerts = {rule["alert"]: rule for rule in rules(alerts=changed, alertLabels={"team": "bim"})}
    assert standard.keys() - alerts.keys() == {"IfcjobQueueSaturated"}
    stuck = alerts["IfcjobQueueStuck"]
    assert (stuck["for"], stuck["labels"]) == ("1m", {"severity": "critical", "team": "bim"})
    assert '{job="op"}) > 60\n' in stuck["expr"]
    assert re.search(r"> 0\.5\n.* >= 10$", alerts["IfcjobFailures"]["expr"], re.DOTALL)
    assert alerts["IfcjobNoLeader"]["expr"] == standard["IfcjobNoLeader"]["expr"]
