"""The health checks in `examples/health`, as the engines of Argo CD and Flux evaluate them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
import yaml

from ifcjob.failures import FailureReason
from ifcjob.resource import IfcJob
from ifcjob.status import IfcJobStatus, Phase
from ifcjob_operator.planning.outcome import failure_of
from ifcjob_operator.planning.status_draft import StatusDraft, fail
from ifcjob_operator.planning.stopping import cancelled
from tests.support.builders import NOW, a_condition, a_status, an_ifcjob, manifest_of, running
from tools.go_programs import ToolsUnavailable, tool

Evaluate = Callable[[str, IfcJob | dict[str, Any]], dict[str, str]]
HEALTH = Path(__file__).parents[2] / "examples" / "health"


def failed() -> IfcJobStatus:
    status = fail(failure_of(FailureReason.CRASHED, "it crashed"), StatusDraft(an_ifcjob(status=running()), NOW)).status
    assert status is not None
    return status


def stopped() -> IfcJobStatus:
    status = cancelled(StatusDraft(an_ifcjob(status=running(), cancel=True), NOW)).status
    assert status is not None
    return status


def succeeded() -> IfcJobStatus:
    return StatusDraft(an_ifcjob(status=running()), NOW).finish("Complete", "Succeeded", "in 9 s").status()


def degraded() -> IfcJobStatus:
    draft = StatusDraft(an_ifcjob(status=succeeded()), NOW)
    return draft.set_condition("Degraded", "True", "CoverageShortfall", "1 of 9 elements is missing").status()


def accepted(status: Literal["False", "Unknown"]) -> IfcJobStatus:
    return StatusDraft(an_ifcjob(), NOW).set_condition("Accepted", status, "Because", "see the log").status()


def waiting(reason: str) -> IfcJobStatus:
    draft = StatusDraft(an_ifcjob(), NOW)
    return draft.set_condition("Admitted", "False", reason, f"it is {reason}").status()


STARTING = a_status(a_condition("Accepted"), a_condition("Admitted"), a_condition("Running", "False"))
UNSEEN = "The operator has not seen"
CASES = [
    pytest.param(waiting("WaitingForSlot"), "Progressing", "it is WaitingForSlot", "inProgress", id="queued"),
    pytest.param(waiting("Suspended"), "Suspended", "it is Suspended", "inProgress", id="suspended"),
    pytest.param(STARTING, "Progressing", "Starting", "inProgress", id="starting"),
    pytest.param(running(), "Progressing", "Running", "inProgress", id="running"),
    pytest.param(accepted("Unknown"), "Progressing", "Queued", "inProgress", id="store unavailable"),
    pytest.param(accepted("False"), "Degraded", "see the log", "failed", id="unreadable"),
    pytest.param(succeeded(), "Healthy", "in 9 s", "current", id="succeeded"),
    pytest.param(degraded(), "Healthy", "1 of 9 elements is missing", "current", id="elements missing"),
    pytest.param(failed(), "Degraded", "it crashed (", "failed", id="failed"),
    pytest.param(stopped(), "Degraded", "spec.cancel is true", "failed", id="cancelled"),
]


@pytest.fixture(scope="module")
def evaluate(tmp_path_factory: pytest.TempPathFactory) -> Evaluate:
    """Return a function that evaluates one IfcJob with the engine `argo` or `flux`."""
    try:
        program = tool("health")
    except ToolsUnavailable as error:
        pytest.skip(f"needs the engines: {error}")
    folder = tmp_path_factory.mktemp("health")
    script = yaml.safe_load((HEALTH / "argocd-cm.yaml").read_text(encoding="utf-8"))
    (folder / "argo").write_text(script["data"]["resource.customizations.health.ifcjob.io_IfcJob"], encoding="utf-8")
    kustomization = yaml.safe_load((HEALTH / "flux-kustomization.yaml").read_text(encoding="utf-8"))
    (folder / "flux").write_text(json.dumps(kustomization["spec"]["healthCheckExprs"][0]), encoding="utf-8")

    def run(engine: str, ifcjob: IfcJob | dict[str, Any]) -> dict[str, str]:
        item = manifest_of(ifcjob) if isinstance(ifcjob, IfcJob) else ifcjob
        done = subprocess.run(
            [program, engine, folder / engine], input=json.dumps(item), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize(("status", "argo", "message", "flux"), CASES)
def test_argo_cd_and_flux_see_the_health(
    evaluate: Evaluate, status: IfcJobStatus, argo: str, message: str, flux: str
) -> None:
    ifcjob = an_ifcjob(status=status)
    seen = evaluate("argo", ifcjob)
    assert seen["status"] == argo
    assert seen["message"].startswith(message)
    assert evaluate("flux", ifcjob)["status"] == flux


def test_every_phase_has_a_health() -> None:
    assert {param.values[0].phase for param in CASES} == set(get_args(Phase))  # type: ignore[union-attr]


@pytest.mark.parametrize("status", [succeeded(), failed()], ids=["succeeded", "failed"])
def test_an_unobserved_change_of_the_spec_is_in_progress(evaluate: Evaluate, status: IfcJobStatus) -> None:
    ifcjob = an_ifcjob(status=status, generation=2)
    seen = evaluate("argo", ifcjob)
    assert (seen["status"], seen["message"][: len(UNSEEN)]) == ("Progressing", UNSEEN)
    assert evaluate("flux", ifcjob)["status"] == "inProgress"


def test_a_new_ifcjob_is_in_progress(evaluate: Evaluate) -> None:
    created = manifest_of(an_ifcjob()) | {"status": {"phase": "Queued"}}  # the CRD's default
    assert evaluate("argo", created) == {"status": "Progressing", "message": "Queued"}
    assert evaluate("flux", created)["status"] == "inProgress"


def test_argo_cd_understands_a_manifest_without_status(evaluate: Evaluate) -> None:
    manifest = manifest_of(an_ifcjob())
    del manifest["status"]
    seen = evaluate("argo", manifest)
    assert (seen["status"], seen["message"][: len(UNSEEN)]) == ("Progressing", UNSEEN)
