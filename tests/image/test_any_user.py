"""The images work under a user id that no file of theirs names, in the group 0, as OpenShift runs them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.image.container import MIB, Engine, Sandbox, owned
from tests.image.test_runner_image import FOUR, Attempt
from tests.image.test_web_image import SITE

pytestmark = pytest.mark.image

INSIDE = Path(__file__).with_name("inside")
UNKNOWN = (1_000_660_000, 0)


def inside(engine: Engine, program: str, work: Path | None) -> dict[str, Any]:
    """Run a program of inside/ and parse its output."""
    mounts = {INSIDE: "/inside:ro"} | ({owned(work): "/work"} if work else {})
    done = engine.run(Sandbox(mounts, user=UNKNOWN), ["python", f"/inside/{program}"])
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def test_operator_migration_and_api_work(operator: Engine, tmp_path: Path) -> None:
    facts = inside(operator, "operator_parts.py", tmp_path / "work")
    assert facts["catalog"] == 0
    assert (facts["rows"], facts["user"]) == (7, "ann")


def test_the_database_is_reached_without_the_name_of_the_user(operator: Engine) -> None:
    assert inside(operator, "unknown_user.py", None) == {"name": None, "database": "connection refused"}


def test_a_run_succeeds(runner: Engine, tmp_path: Path, office: Path) -> None:
    request = {"source": {"uri": f"/models/{office.name}"}, "output": {"folder": "/out"}}
    attempt = Attempt(tmp_path, office, request)
    code, report = attempt.run(runner, 512 * MIB, user=UNKNOWN)
    assert report.failure is None, report.failure.message
    assert code == 0
    assert {path.name for path in attempt.out.iterdir()} == FOUR
    assert {(path.stat().st_uid, path.stat().st_gid) for path in attempt.out.iterdir()} == {UNKNOWN}


def test_the_web_app_is_served(web: Engine, operator: Engine, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    for name, text in SITE.items():
        (site / name).write_text(text)
    mounts = {site: "/etc/nginx/site:ro", owned(tmp_path / "tmp"): "/tmp"}
    with web.serve(Sandbox(mounts, user=UNKNOWN), []) as network:
        done = operator.run(Sandbox({INSIDE: "/inside:ro"}, network=network), ["python", "/inside/web_client.py"])
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["page"]["status"] == 200
    assert facts["part"]["body"]["length"] == 20 * 2**20, "bodies are buffered in no folder of another user"
