"""The chart's Grafana dashboard: complete, with existing metrics, and filled by a real operator."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import promql_parser
import pytest

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.report import Failure, RunReport, Summary
from ifcjob_operator.reference import all_metrics, exposed
from tests.chart.test_alerts import rules
from tests.support.chart import named, rendered
from tests.support.dashboard import dashboard, filled_in, panels
from tests.support.fake_cluster import QUEUES
from tests.support.operator_env import OperatorEnv, operator_env
from tests.support.prometheus import Prometheus, prometheus
from tests.support.promql import metrics_of, unknown
from tools.cluster.processes import eventually
from tools.go_programs import ToolsUnavailable, tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.cluster.control_plane import ControlPlane


JOB = "ifcjob-system/ifcjob-operator"


@dataclass
class Scene:
    """An operator that has processed various IfcJobs, and the Prometheus that scraped it."""

    env: OperatorEnv
    prometheus: Prometheus


@pytest.fixture(scope="module")
def scene(api_server: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Process two files, an invalid one, one that needs more memory, and a repeated one."""
    try:
        tool("prometheus")
    except ToolsUnavailable as error:
        pytest.skip(f"needs prometheus: {error}")
    with operator_env(api_server, tmp_path_factory.mktemp("operator")) as env:
        scrape = {
            "job_name": JOB,
            "scrape_interval": "1s",
            "honor_labels": True,
            "static_configs": [{"targets": [f"127.0.0.1:{env.operator.port}"]}],
        }
        with prometheus(tmp_path_factory.mktemp("prometheus"), [scrape], rules(JOB)) as server:
            assert eventually(lambda: server.is_up(JOB, targets=1), 20)
            play(env)
            count = f'sum(ifcjob_finished_total{{job="{JOB}"}})'
            assert eventually(lambda: [sample["value"][1] for sample in server.query(count)] == ["5"], 20)
            yield Scene(env, server)


def play(env: OperatorEnv) -> None:
    """Run five IfcJobs to the end."""
    cluster = env.cluster
    cluster.ask("POST", QUEUES, {"apiVersion": "ifcjob.io/v1alpha1", "kind": "IfcQueue", "metadata": {"name": "night"}})
    for name in ("house", "tower"):
        cluster.submit(name, env.file(f"{name}.ifc"), queue="night")
        job = cluster.job(name)
        cluster.run(job)
        cluster.succeed(job)
        cluster.wait(name, "Succeeded")
    assert eventually(lambda: env.recorded("house"), 20)
    cluster.submit("again", "house.ifc")
    assert cluster.wait("again", "Succeeded")["cacheHit"]
    cluster.submit("large", env.file("large.ifc"), resources={"memory": "128Mi"})
    cluster.submit("poor", env.file("poor.ifc"))
    for name, reason in (("large", FailureReason.OUT_OF_MEMORY), ("poor", FailureReason.NOT_AN_IFC_FILE)):
        failure = RunFailure(reason, "so it is")
        job = cluster.job(name)
        cluster.run(job)
        report = RunReport(outcome="Failed", failure=Failure.of(failure), summary=Summary(input_bytes=2**20))
        cluster.end(job, failure.exit_code, report)
    cluster.wait("poor", "Failed")
    job = cluster.job("large", 2)
    cluster.run(job)
    cluster.succeed(job)
    cluster.wait("large", "Succeeded")


def test_every_panel_has_a_description_and_a_unit() -> None:
    all_panels = [*panels()]
    titles = [panel["title"] for panel in dashboard()["panels"]]
    assert len({*titles}) >= len(titles) - 2, "a queue's and all queues' panels may share a title"
    for panel in all_panels:
        assert panel["description"].endswith("."), panel["title"]
        unit = panel.get("options", {}).get("yAxis", {}).get("unit") or panel["fieldConfig"]["defaults"]["unit"]
        assert unit in {"short", "s", "percentunit", "bytes", "binBps", "reqps", "ops"}, panel["title"]
        assert panel["datasource"]["uid"] == "${datasource}", panel["title"]
        assert panel["targets"], panel["title"]
        for target in panel["targets"]:
            assert target["datasource"]["uid"] == "${datasource}", panel["title"]


def test_panels_do_not_overlap() -> None:
    places = [(panel["id"], panel["gridPos"]) for panel in dashboard()["panels"]]
    assert len({number for number, _ in places}) == len(places)
    for (_, panel), (_, other) in combinations(places, 2):
        apart_x = panel["x"] + panel["w"] <= other["x"] or other["x"] + other["w"] <= panel["x"]
        apart_y = panel["y"] + panel["h"] <= other["y"] or other["y"] + other["h"] <= panel["y"]
        assert apart_x or apart_y, (panel, other)
        assert panel["x"] + panel["w"] <= 24


def test_expressions_use_the_declared_variables_only() -> None:
    names = {variable["name"] for variable in dashboard()["templating"]["list"]}
    assert names == {"datasource", "job", "namespace", "queue"}
    for panel in panels():
        for target in panel["targets"]:
            rest = filled_in(target["expr"], job=JOB)
            assert "$" not in rest, rest
            assert f'job="{JOB}"' in rest


def test_panels_show_all_metrics_and_no_unknown_ones() -> None:
    shown: set[str] = set()
    for panel in panels():
        for target in panel["targets"]:
            expression = promql_parser.parse(filled_in(target["expr"], job=JOB))
            assert not unknown(expression), (panel["title"], unknown(expression))
            shown |= metrics_of(expression)
    assert {name for name in shown if name.startswith("ifcjob_")} == {exposed(metric) for metric, _ in all_metrics()}


def test_every_panel_has_data_of_a_real_operator(scene: Scene) -> None:
    def values(target: dict[str, Any]) -> list[float]:
        expression = filled_in(target["expr"], job=JOB)
        if target.get("instant"):
            return [float(series["value"][1]) for series in scene.prometheus.query(expression)]
        return [
            float(value) for series in scene.prometheus.query_range(expression, 60, 1) for _, value in series["values"]
        ]

    for panel in panels():
        for target in panel["targets"]:
            shows = eventually(lambda target=target: any(map(math.isfinite, values(target))), 5)  # type: ignore[misc]
            assert shows, (panel["title"], target["expr"])


def test_queue_variable_lists_the_operators_queues(scene: Scene) -> None:
    series = scene.prometheus.query(f'ifcjob_queue_slots{{job="{JOB}"}}')
    queues = {(sample["metric"]["namespace"], sample["metric"]["queue"]) for sample in series}
    namespace = scene.env.cluster.namespace
    assert queues == {(namespace, "default"), (namespace, "night")}, "the queue's namespace, not the pod's"


def test_alerts_are_valid_and_silent_for_a_healthy_operator(scene: Scene) -> None:
    assert eventually(lambda: all(rule["health"] == "ok" for rule in scene.prometheus.rules()), 20)
    states = {rule["name"]: rule["state"] for rule in scene.prometheus.rules()}
    assert states.keys() == {rule["alert"] for rule in rules()}
    assert "firing" not in states.values()


def test_chart_ships_the_dashboard_unchanged() -> None:
    shipped = named(rendered({"monitoring": {"dashboard": {"enabled": True}}}), "ConfigMap")["ifcjob-dashboard"]
    assert json.loads(shipped["data"]["ifcjob.json"]) == dashboard()
