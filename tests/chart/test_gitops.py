"""Tools that render the chart again get the same objects, and the manifests of docs/how-to/gitops.md are valid."""

import copy
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.architecture.documents import manifests
from tests.architecture.tracked import ROOT
from tests.chart import schemas
from tests.chart.matrix import CASES, objects, values
from tests.support.chart import CHART, Refused, rendered, rendering
from tools.cluster.helm import merged
from tools.go_programs import ToolsUnavailable, files_of

PAGE = ROOT / "docs" / "how-to" / "gitops.md"
ARGO_CD = "github.com/argoproj/argo-cd/v3"
SOURCE_CONTROLLER = "github.com/fluxcd/source-controller"
OWN_SECRETS = re.findall(
    r"^\| .+ \| `([a-zA-Z.]+\.existingSecret)` \| ", PAGE.read_text(encoding="utf-8"), re.MULTILINE
)
KEDA = "keda.existingSecret"
APPLICATION, REPOSITORY, RELEASE = manifests(PAGE)
GIVEN = {"argo-cd": APPLICATION["spec"]["source"]["helm"]["valuesObject"], "flux": RELEASE["spec"]["values"]}


def with_secrets(given: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return values with Secrets of one's own."""
    for name in names:
        tree: Any = "own"
        for part in reversed(name.split(".")):
            tree = {part: tree}
        given = merged(given, tree)
    return given


def differences(first: Any, second: Any, path: str = "") -> set[str]:
    """Return where two renderings differ."""
    if isinstance(first, dict) and isinstance(second, dict):
        keys = first.keys() | second.keys()
        return set().union(*(differences(first.get(key), second.get(key), f"{path}.{key}") for key in keys))
    return set() if first == second else {path}


@pytest.mark.parametrize("case", CASES)
def test_two_renderings_differ_in_secrets_only(case: str) -> None:
    first, second = objects(case), rendered(values(case))
    changed = [(before["kind"], differences(before, after)) for before, after in zip(first, second, strict=True)]
    assert {kind for kind, paths in changed if paths} <= {"Secret"}
    assert all(re.match(r"\.(data|stringData)\.", path) for _, paths in changed for path in paths)


@pytest.mark.parametrize("case", CASES)
def test_renderings_are_equal_with_own_secrets(case: str) -> None:
    given = with_secrets(values(case), *OWN_SECRETS)
    first = rendering(given)
    assert "kind: Secret\n" not in first
    assert rendering(given) == first


def without(name: str) -> dict[str, Any]:
    """Return values with all Secrets of the page but one."""
    return with_secrets(values("all-on"), *(other for other in OWN_SECRETS if other != name))


@pytest.mark.parametrize("name", [name for name in OWN_SECRETS if name != KEDA])
def test_each_secret_of_the_page_replaces_a_random_value(name: str) -> None:
    assert rendering(without(name)) != rendering(without(name))


def test_keda_needs_a_secret_beside_tokens_that_the_chart_cannot_read() -> None:
    assert KEDA in OWN_SECRETS
    with pytest.raises(Refused, match=re.escape(KEDA)):
        rendering(without(KEDA))


@pytest.mark.parametrize("tool", GIVEN)
def test_values_of_the_page_render_the_same_objects_twice(tool: str) -> None:
    text = rendering(GIVEN[tool])
    assert text == rendering(GIVEN[tool])
    assert "kind: Secret\n" not in text


def module(name: str) -> Path:
    """Return the folder of a Go module, or skip the test."""
    try:
        return files_of("schemas", schemas.pinned(name))
    except ToolsUnavailable as error:
        pytest.skip(f"needs {name}: {error}")


@cache
def argo_hooks() -> dict[str, str]:
    """Return Argo CD's hooks by those of Helm, from its documentation."""
    text = (module(ARGO_CD) / "docs" / "user-guide" / "helm.md").read_text(encoding="utf-8")
    row = r"^\| `helm\.sh/hook: ([a-z-]+)` +\| Supported as equivalent to `argocd\.argoproj\.io/hook: (\w+)`"
    return dict(re.findall(row, text, re.MULTILINE))


def test_page_has_the_hooks_of_argo_cd() -> None:
    rows = re.findall(r"^\| (`.+`) \| `(P\w+Sync)` \| ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    listed = {hook: phase for hooks, phase in rows for hook in re.findall("`(.+?)`", hooks)}
    assert listed == {
        hook: argo_hooks()[hook] for hook in ("pre-install", "pre-upgrade", "post-install", "post-upgrade")
    }


@pytest.mark.parametrize("case", CASES)
def test_argo_cd_runs_every_hook_but_the_test(case: str) -> None:
    annotations = [item["metadata"].get("annotations") or {} for item in objects(case)]
    # With one hook of its own, Argo CD ignores all of Helm's.
    assert not any("argocd.argoproj.io/hook" in entry for entry in annotations)
    hooks = [entry for entry in annotations if "helm.sh/hook" in entry]
    assert hooks
    for entry in hooks:
        # Argo CD applies hooks: one that is there would stay as it is, and not run again.
        assert "before-hook-creation" in entry["helm.sh/hook-delete-policy"]
        phases = {argo_hooks().get(hook, hook) for hook in entry["helm.sh/hook"].split(",")}
        assert phases in ({"PreSync"}, {"PostSync"}, {"test"})


@pytest.mark.parametrize(
    ("manifest", "source", "crd"),
    [
        (APPLICATION, ARGO_CD, "manifests/crds/application-crd.yaml"),
        (REPOSITORY, SOURCE_CONTROLLER, "config/crd/bases/source.toolkit.fluxcd.io_ocirepositories.yaml"),
    ],
    ids=["Application", "OCIRepository"],
)
def test_manifests_match_their_crds(manifest: dict[str, Any], source: str, crd: str, tmp_path: Path) -> None:
    folder = tmp_path / "schemas"
    schemas.write_custom([module(source) / crd], folder)
    group, _, version = manifest["apiVersion"].partition("/")
    path = folder / group / f"{manifest['kind'].lower()}_{version}.json"
    validator = jsonschema.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))
    assert [error.message for error in validator.iter_errors(manifest)] == []
    wrong = copy.deepcopy(manifest)
    wrong["spec"]["typo"] = 1
    assert [error.message for error in validator.iter_errors(wrong)]


def test_manifests_name_each_other_and_the_release() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert RELEASE["apiVersion"] == "helm.toolkit.fluxcd.io/v2"
    assert RELEASE["spec"]["chartRef"] == {"kind": REPOSITORY["kind"], "name": REPOSITORY["metadata"]["name"]}
    assert APPLICATION["spec"]["source"]["targetRevision"] == REPOSITORY["spec"]["ref"]["tag"] == chart["version"]
