"""The command says what is missing, and runs the tests where they reach the cluster."""

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from tools import images
from tools.cluster import __main__ as command
from tools.cluster import access, kind
from tools.cluster.access import Cluster, how_to_use, run_tests

NODE = cast("Cluster", SimpleNamespace(inside=("enter", "--"), kubeconfig=Path("k.yaml"), kubectl_program="/x/kubectl"))


def test_an_unknown_cluster_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLUSTER", "cloud")
    with pytest.raises(SystemExit, match="CLUSTER=cloud: choose node or kind"):
        command.main(["up"])


def test_kind_says_which_programs_it_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SystemExit, match="CLUSTER=kind needs docker, kind, kubectl on PATH"):
        kind.Kind().up()


def test_without_a_container_builder_nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise LookupError("images need a docker daemon")

    monkeypatch.setattr(images, "engine", none)
    with pytest.raises(SystemExit, match="images need a docker daemon"):
        command.main(["e2e"])


def test_a_person_is_told_how_to_enter_the_cluster() -> None:
    assert how_to_use(NODE) == "export KUBECONFIG=k.yaml\nalias kubectl='enter -- /x/kubectl'\nkubectl get nodes"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [([], ["tests/e2e"]), (["-k", "cancel"], ["tests/e2e", "-k", "cancel"]), (["tests/e2e/test_a.py"],) * 2],
    ids=["all", "by word", "by file"],
)
def test_the_tests_run_inside_the_network_of_the_cluster(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], expected: list[str]
) -> None:
    seen: list[list[str]] = []

    def run(words: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        assert cast("dict[str, str]", options["env"])["IFCJOB_E2E"] == "1"
        seen.append(words)
        return subprocess.CompletedProcess(words, 5)

    monkeypatch.setattr(access.subprocess, "run", run)  # type: ignore[attr-defined]
    assert run_tests(NODE, arguments) == 5
    for words, options in zip(seen, (access.SIDE_BY_SIDE, access.ONE_AFTER_ANOTHER), strict=True):
        assert words[:2] == ["enter", "--"]
        assert words[5:] == [*expected, *options]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [((0, 0), 0), ((0, 5), 0), ((5, 0), 0), ((5, 5), 5), ((1, 0), 1), ((0, 1), 1), ((1, 5), 1), ((2,), 2)],
    ids=str,
)
def test_a_failure_in_either_half_of_the_scenarios_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, codes: tuple[int, ...], expected: int
) -> None:
    answers = iter(codes)
    monkeypatch.setattr(access.subprocess, "run", lambda words, **_: subprocess.CompletedProcess(words, next(answers)))  # type: ignore[attr-defined]
    assert run_tests(NODE, []) == expected
    assert next(answers, None) is None
