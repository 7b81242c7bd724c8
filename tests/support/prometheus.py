"""A real Prometheus for tests: it scrapes the given targets and answers queries."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import urllib3
import yaml

from tools.cluster.control_plane import free_port
from tools.cluster.processes import Processes
from tools.go_programs import tool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]


class Prometheus:
    """Queries to a running Prometheus."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expression: str) -> list[Json]:
        """Return the series that an expression gives now."""
        return self._ask("query", query=expression)["result"]

    def query_range(self, expression: str, seconds: float, step: float) -> list[Json]:
        """Return the series that an expression gave over the last seconds."""
        now = time.time()
        answer = self._ask("query_range", query=expression, start=now - seconds, end=now, step=step)
        return answer["result"]

    def rules(self) -> list[Json]:
        """Return the alerting rules and how they stand."""
        return [rule for group in self._ask("rules")["groups"] for rule in group["rules"]]

    def is_up(self, job: str, targets: int) -> bool:
        """Tell whether so many targets of a job have been scraped."""
        return len(self.query(f'up{{job="{job}"}} == 1')) == targets

    def _ask(self, path: str, **fields: Any) -> Any:
        answer = urllib3.request("GET", f"{self.url}/api/v1/{path}", fields=fields)
        body = answer.json()
        assert body["status"] == "success", (fields, body)
        assert not body.get("warnings"), (fields, body["warnings"])
        return body["data"]


@contextmanager
def prometheus(
    folder: Path, scrapes: list[Json] | None = None, rules: list[Json] | None = None
) -> Iterator[Prometheus]:
    """Run one, with these scrape configurations and alerting rules, and its data in the folder."""
    url, config = f"127.0.0.1:{free_port()}", folder / "prometheus.yaml"
    group = {"name": "ifcjob", "interval": "1s", "rules": rules or []}
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [group]}), encoding="utf-8")
    config.write_text(yaml.safe_dump({"scrape_configs": scrapes or [], "rule_files": ["rules.yaml"]}), encoding="utf-8")
    processes = Processes(folder)
    flags = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address={url}"]
    processes.start("prometheus", [tool("prometheus"), *flags])

    def is_ready() -> bool:
        try:
            return urllib3.request("GET", f"http://{url}/-/ready", retries=False, timeout=1).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    try:
        processes.require("prometheus", is_ready, 30)
        yield Prometheus(f"http://{url}")
    finally:
        processes.stop_all()
