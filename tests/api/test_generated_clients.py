"""Clients that generators make of the OpenAPI document compile, and go the main path on a served API."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.api import api_in_a_thread
from tools.go_programs import ToolsUnavailable
from tools.npm_packages import OPENAPI_CLIENT, installed

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/reference/openapi.json"
SCHEMA = ("--output", "schema.d.ts", "--default-non-nullable", "false")
"""Fields with defaults are optional in requests."""
PROGRAMS = Path(sys.executable).parent


def run(*command: str | Path, folder: Path) -> str:
    """Run a program that must succeed; return its output."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_python_client_goes_the_main_path(namespace: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = ("--meta", "none", "--output-path", "generated_client")
    output = run(PROGRAMS / "openapi-python-client", "generate", "--path", DOCUMENT, *options, folder=tmp_path)
    # It knows no YAML.
    assert output.count("WARNING") == output.count("Unsupported content_type application/yaml"), output
    run(PROGRAMS / "mypy", "--config-file=", "--python-executable", sys.executable, "generated_client", folder=tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def module(name: str) -> ModuleType:
        return importlib.import_module(f"generated_client.{name}")

    models: Any = module("models")
    with api_in_a_thread(namespace) as (url, _):
        client = module("client").Client(base_url=url.removesuffix("/api/v1"))
        source = models.RequestedSource(s_3_uri="s3://models/house.ifc")
        body = models.JobRequest(source=source, priority=7)
        job = module("api.jobs.create_job").sync(namespace, client=client, body=body, idempotency_key="from-python")
        name = job.metadata.name
        waited = module("api.jobs.wait_for_job").sync(namespace, name, client=client, seconds=0.1)
        assert waited.spec.priority == 7
        listed = module("api.jobs.list_jobs").sync(namespace, client=client)
        assert [summary.name for summary in listed.items] == [name]
        assert module("api.jobs.cancel_job").sync(namespace, name, client=client).spec.cancel is True
        problem = module("api.jobs.get_job").sync(namespace, "missing", client=client)
        assert isinstance(problem, models.ProblemDetails)
        assert problem.code == "JobNotFound"


def test_a_typescript_client_goes_the_main_path(namespace: str, tmp_path: Path) -> None:
    try:
        packages = installed(OPENAPI_CLIENT) / "node_modules"
    except ToolsUnavailable as error:
        pytest.skip(f"needs a generator of TypeScript clients: {error}")
    (tmp_path / "node_modules").symlink_to(packages)
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    script = (Path(__file__).parent / "client_main_path.ts").read_text(encoding="utf-8")
    (tmp_path / "main.ts").write_text(script, encoding="utf-8")
    run(packages / ".bin/openapi-typescript", DOCUMENT, *SCHEMA, folder=tmp_path)
    options = ("--strict", "--module", "esnext", "--target", "es2022", "--moduleResolution", "bundler")
    run(packages / ".bin/tsc", *options, "main.ts", folder=tmp_path)
    with api_in_a_thread(namespace) as (url, _):
        output = run("node", "main.js", url.removesuffix("/api/v1"), namespace, folder=tmp_path)
    answer = json.loads(output)
    assert answer.pop("listed") == [answer.pop("name")]
    assert answer == {"phase": "Queued", "cancel": True, "code": "JobNotFound"}
