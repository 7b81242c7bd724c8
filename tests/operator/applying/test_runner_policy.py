"""The runners' NetworkPolicy on a real API server: there before the first Job, and back after a deletion."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob_backends.cluster.errors import Refused
from ifcjob_operator.applying.runner_policy import REPEAT_SECONDS, RunnerPolicy, read_policy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.operator.applying.house import House

PATH = "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies"


def policy(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "ifcjob-runner-applied", "labels": {"app.kubernetes.io/managed-by": "ifcjob-operator"}}
    spec = {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": "ifcjob-runner"}},
        "policyTypes": ["Egress"],
    } | spec
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file with the policy."""
    return written(tmp_path / "policy.json", policy())


def written(path: Path, item: dict[str, Any]) -> Path:
    path.write_text(json.dumps(item), encoding="utf-8")
    return path


def test_network_policy_exists_before_the_first_job(with_house: Any, file: Path) -> None:
    async def use(house: House) -> None:
        await house.start(RunnerPolicy(house.cluster, file))
        assert [write.partition("?")[0] for write in house.writes] == [
            "PATCH ifcjobs/house/status",
            "PATCH networkpolicies/ifcjob-runner-applied",
            "POST jobs",
            "POST secrets",
        ]
        (made,) = await house.all(PATH)
        assert made["spec"]["podSelector"] == policy()["spec"]["podSelector"]
        assert made["metadata"]["labels"] == policy()["metadata"]["labels"]
        assert made["metadata"]["managedFields"][0]["manager"] == "ifcjob-operator"

    with_house(use)


def test_refused_network_policy_prevents_the_job(with_house: Any, file: Path) -> None:
    written(file, policy(policyTypes=["Sideways"]))

    async def use(house: House) -> None:
        with pytest.raises(Refused, match="Sideways"):
            await house.start(RunnerPolicy(house.cluster, file))
        attempts = (await house.ifcjob()).status.attempts
        assert (await house.jobs(), [attempt.number for attempt in attempts]) == ([], [1])

    with_house(use)


def test_network_policy_is_applied_again_after_some_time_with_the_files_new_content(
    with_house: Any, file: Path
) -> None:
    async def use(house: House) -> None:
        now = [0.0]
        applied = RunnerPolicy(house.cluster, file, lambda: now[0])
        for _ in range(3):
            await applied.ensure(house.namespace)
        assert len(house.writes) == 1
        await house.cluster.ask("DELETE", f"{PATH.format(house.namespace)}/ifcjob-runner-applied")
        written(file, policy(policyTypes=["Ingress", "Egress"]))
        now[0] = REPEAT_SECONDS
        await applied.ensure(house.namespace)
        assert [made["spec"]["policyTypes"] for made in await house.all(PATH)] == [["Ingress", "Egress"]]

    with_house(use)


@pytest.mark.parametrize("text", ["", "[]", '{"kind": "ConfigMap"}'])
def test_file_without_a_network_policy_is_refused(text: str, file: Path) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"no NetworkPolicy|EOF|empty"):
        read_policy(file)
