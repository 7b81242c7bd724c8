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

NODE = cast(
    "Cluster",
    SimpleNamespace(inside=("enter", "--"), environment={}, kubeconfig=Path("k.yaml"), kubectl_program="/x/kubectl"),
)
# Says which node it runs pytest for and with which arguments; on two nodes it ends once both have begun.
TWO = """
echo "$NODE" > "$FOLDER/$NODE.$$"
case "$*" in *"not parallel"*) until [ "$(ls "$FOLDER" | wc -l)" -gt 3 ]; do sleep 0.05; done;; esac
shift 2
echo "$NODE: $*"
[ "$NODE" != "$FAILS" ]
"""


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

    def run(args: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        assert cast("dict[str, str]", options["env"])["IFCJOB_E2E"] == "1"
        seen.append(args)
        return subprocess.CompletedProcess(args, 5)

    monkeypatch.setattr(access.subprocess, "run", run)  # type: ignore[attr-defined]
    assert run_tests([NODE], arguments) == 5
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
    monkeypatch.setattr(access.subprocess, "run", lambda args, **_: subprocess.CompletedProcess(args, next(answers)))  # type: ignore[attr-defined]
    assert run_tests([NODE], []) == expected
    assert next(answers, None) is None


@pytest.mark.parametrize(("fails", "code"), [("none", 0), ("first", 1), ("second", 1)])
def test_two_nodes_run_their_scenarios_at_the_same_time(
    fails: str, code: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    def node(name: str) -> Cluster:
        environment = {"NODE": name, "FOLDER": str(tmp_path), "FAILS": fails}
        return cast("Cluster", SimpleNamespace(inside=("sh", "-c", TWO), environment=environment))

    assert run_tests([node("first"), node("second")], []) == code
    lines = capfd.readouterr().out.splitlines()
    assert lines == [
        "first: tests/e2e -m parallel -n 3 --dist loadfile",
        "first: tests/e2e -m alone",
        "first: tests/e2e -m not parallel and not alone and not second",
        "second: tests/e2e -m second and not parallel",
    ]


def test_a_node_has_a_second_one_beside_it_and_kind_has_none() -> None:
    first, second = access.clusters_here("node")
    assert first.environment != second.environment
    assert len(access.clusters_here("kind")) == 1
