"""The chart's admission policy on a real API server: allowed and denied sources, outputs and pod options."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.chart import SYSTEM, Refused, rendered
from tests.support.kubernetes import api_server
from tests.support.manifests import Manifest, as_text, ifcjob_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.cluster.control_plane import ControlPlane

# An API server of its own: its policies rule every namespace.
__all__ = ["api_server"]

RULES = [
    {
        "name": "team-a",
        "namespaces": ["team-a", "team-a-next"],
        "sources": {
            "s3": ["models/a/", "models/one.ifc", "shared", "in-{namespace}/x", "archive:plans/a"],
            "http": ["files.example.com", "*.example.org", "intern:8080", "[2001:db8::1]"],
            "claims": ["models"],
        },
        "outputs": {"s3": ["artifacts/{namespace}/"], "claims": ["made"]},
        "pod": {
            "priorityClasses": ["batch"],
            "tolerations": ["ifc"],
            "labels": ["team", "example.com/*"],
            "annotations": ["*"],
        },
    },
    {
        "name": "anything",
        "namespaces": ["trusted"],
        "sources": {"s3": ["*"], "http": ["*"], "claims": ["*"]},
        "outputs": {"claims": ["*"]},
        "pod": {"tolerations": ["*"], "priorityClasses": ["*"]},
    },
    {"name": "rest", "sources": {"s3": ["public"]}, "outputs": {"s3": ["{namespace}-artifacts/out"]}},
]
A_SOURCE = {"s3": {"bucket": "models", "key": "a/house.ifc"}}
OWN = {"s3": {"bucket": "artifacts", "prefix": "team-a/house"}}


def apply(api_server: ControlPlane, objects: list[Manifest]) -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": objects}
    applied = api_server.kubectl("apply", "-f", "-", stdin=json.dumps(listed))
    assert applied.returncode == 0, applied.stderr
    assert "Warning" not in applied.stderr


def policy_objects(rules: list[Any], **values: Any) -> list[Manifest]:
    """Render the policies with their bindings."""
    objects = rendered({"admissionPolicy": {"enabled": True, "rules": rules, **values}})
    return [item for item in objects if item["kind"].startswith("ValidatingAdmissionPolicy")]


def delete(api_server: ControlPlane, objects: list[Manifest]) -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": objects}
    assert api_server.kubectl("delete", "-f", "-", stdin=json.dumps(listed)).returncode == 0


@pytest.fixture(scope="module")
def policy(api_server: ControlPlane) -> Iterator[ControlPlane]:
    """Install the policy and wait until the API server enforces it."""
    for name in (SYSTEM, "team-a", "team-a-next", "trusted", "else"):
        assert api_server.kubectl("create", "namespace", name).returncode == 0
    objects = policy_objects(RULES)
    apply(api_server, objects)
    wait_in_effect(api_server)
    yield api_server
    delete(api_server, objects)


def wait_in_effect(api_server: ControlPlane) -> None:
    """Wait until the API server enforces the policies, a moment after their creation."""
    wrong = job({"s3": {"bucket": "nobodys", "key": "x"}}, {"s3": {"bucket": "nobodys"}})
    end = time.monotonic() + 60
    while not all("nobodys" in refusal(api_server, namespace, wrong) for namespace in ("team-a", "trusted", "else")):
        assert time.monotonic() < end, "the policy has no effect"


def refusal(api_server: ControlPlane, namespace: str, manifest: Manifest, *flags: str) -> str:
    """Return the API server's message when it denies the creation, otherwise an empty string."""
    command = flags or ("create",)
    result = api_server.kubectl(*command, "--dry-run=server", "-n", namespace, "-f", "-", stdin=as_text(manifest))
    assert (result.returncode == 0) == (result.stderr == ""), result.stderr
    return result.stderr


def job(source: Any = None, output: Any = None, **spec: Any) -> Manifest:
    return ifcjob_manifest(source=source or A_SOURCE, **({"output": output} if output else {}), **spec)


def s3(bucket: str, key: str) -> Manifest:
    return job({"s3": {"bucket": bucket, "key": key}}, OWN)


def stored(store: str, bucket: str, key: str) -> Manifest:
    return job({"s3": {"store": store, "bucket": bucket, "key": key}}, OWN)


def web(url: str) -> Manifest:
    return job({"http": {"url": url}}, OWN)


def to(bucket: str, prefix: str | None = None) -> Manifest:
    return job(output={"s3": {"bucket": bucket, **({"prefix": prefix} if prefix else {})}})


def pod(**options: Any) -> Manifest:
    return job(pod=options)


ALLOWED = [
    pytest.param("team-a", job(), id="below the prefix, into the default bucket"),
    pytest.param("team-a", job(output=OWN), id="to its own prefix"),
    pytest.param("team-a", s3("models", "a/b/c/d.ifc"), id="deep below the prefix"),
    pytest.param("team-a", s3("models", "a/%2e%2e/b"), id="an escaped .., which is a plain name"),
    pytest.param("team-a", s3("models", "one.ifc"), id="the one object"),
    pytest.param("team-a", s3("shared", "any/thing.ifc"), id="a whole bucket"),
    pytest.param("team-a", s3("in-team-a", "x/1.ifc"), id="a bucket named after the namespace"),
    pytest.param("team-a", stored("archive", "plans", "a/b.ifc"), id="a prefix in another store"),
    pytest.param("team-a", to("artifacts"), id="the default prefix of namespace and name"),
    pytest.param("team-a", to("artifacts", "./team-a//house/."), id="its own prefix, not normalized"),
    pytest.param("team-a", to("artifacts", "./"), id="an empty prefix"),
    pytest.param("team-a", web("https://files.example.com/a.ifc"), id="a listed host"),
    pytest.param(
        "team-a", web("https://FILES.example.com:443/a.ifc?x=http://b"), id="in capitals, with the usual port"
    ),
    pytest.param("team-a", web("http://files.example.com:80/a.ifc"), id="the usual port of http"),
    pytest.param("team-a", web("https://x.y.example.org#z"), id="a host below a listed one"),
    pytest.param("team-a", web("http://intern:8080/a.ifc"), id="a listed port"),
    pytest.param("team-a", web("http://[2001:db8::1]/a.ifc"), id="an IPv6 address"),
    pytest.param(
        "team-a",
        job({"pvc": {"claimName": "models", "path": "a.ifc"}}, {"pvc": {"claimName": "made"}}),
        id="listed claims",
    ),
    pytest.param(
        "team-a",
        pod(
            priorityClassName="batch",
            tolerations=[{"key": "ifc", "operator": "Exists"}],
            labels={"team": "a", "example.com/team": "a"},
            annotations={"example.net/x": "y"},
        ),
        id="listed pod options",
    ),
    pytest.param("team-a", pod(nodeSelector={"disk": "fast"}), id="placement by labels"),
    pytest.param("team-a", ifcjob_manifest(source=A_SOURCE, output=None, pod=None), id="null for unset"),
    pytest.param("team-a-next", to("artifacts", "team-a-next/x"), id="another namespace of the rule"),
    pytest.param(
        "trusted", job({"http": {"url": "https://anywhere.example.net"}}, {"pvc": {"claimName": "x"}}), id="any host"
    ),
    pytest.param("trusted", job({"s3": {"bucket": "any", "key": "x"}}, {"pvc": {"claimName": "x"}}), id="any bucket"),
    pytest.param(
        "trusted",
        job(
            {"pvc": {"claimName": "x", "path": "y"}},
            {"pvc": {"claimName": "x"}},
            pod={"tolerations": [{"operator": "Exists"}], "priorityClassName": "urgent"},
        ),
        id="any PVC, taint and priority",
    ),
    pytest.param(
        "else",
        job({"s3": {"bucket": "public", "key": "x"}}, {"s3": {"bucket": "else-artifacts", "prefix": "out"}}),
        id="the rest",
    ),
]
A_READS = "may not read s3://"
A_WRITES = "may not write to s3://"
REFUSED = [
    pytest.param(
        "team-a", s3("models", "b/house.ifc"), f"{A_READS}models/b/house.ifc; allowed: models/a,", id="another prefix"
    ),
    pytest.param("team-a", stored("archive", "models", "a/b.ifc"), f"{A_READS}archive:models/a/b.ifc", id="of a store"),
    pytest.param("team-a", stored("other", "plans", "a/b.ifc"), f"{A_READS}other:plans/a/b.ifc", id="another store"),
    pytest.param("team-a", s3("plans", "a/b.ifc"), A_READS, id="a bucket that is allowed in another store only"),
    pytest.param("team-a", s3("models", "ab/house.ifc"), A_READS, id="a prefix with the same start"),
    pytest.param("team-a", s3("models", "a.ifc"), A_READS, id="a name with the same start"),
    pytest.param("team-a", s3("models", "A/house.ifc"), A_READS, id="a prefix in capitals"),
    pytest.param("team-a", s3("models", "/a/house.ifc"), A_READS, id="a key that begins with a slash"),
    pytest.param("team-a", s3("models", "./a/house.ifc"), A_READS, id="a key that begins with a dot"),
    pytest.param("team-a", s3("models", "one.ifc.old"), A_READS, id="more than the one object"),
    pytest.param("team-a", s3("shared-too", "x"), A_READS, id="a bucket with the same start"),
    pytest.param("team-a", s3("in-team-b", "x/1.ifc"), A_READS, id="a bucket of another namespace"),
    pytest.param("team-a", s3("models", "a/../b/house.ifc"), "must not contain a .. segment", id="a key with .."),
    pytest.param(
        "team-a",
        to("artifacts", "team-b/house"),
        f"{A_WRITES}artifacts/team-b/house; allowed: artifacts/team-a.",
        id="to another's prefix",
    ),
    pytest.param("team-a", to("artifacts", "team-a-next"), A_WRITES, id="to a prefix with the same start"),
    pytest.param("team-a", to("artifacts", "./team-b"), A_WRITES, id="to another's prefix by a dot"),
    pytest.param("team-a", to("artifacts", ".//team-b/x"), A_WRITES, id="to another's prefix by slashes"),
    pytest.param(
        "team-a", to("artifacts", "team-a/../team-b"), "without a leading / and without ..", id="to a prefix with .."
    ),
    pytest.param("team-a", to("models", "a/out"), A_WRITES, id="to a source prefix"),
    pytest.param("team-a", to("models"), f"{A_WRITES}models/team-a/house;", id="to another bucket by default"),
    pytest.param(
        "team-a", web("https://files.example.com:8443/a"), "web server files.example.com:8443;", id="another port"
    ),
    pytest.param("team-a", web("http://files.example.com:443/a"), "web server", id="the other scheme's port"),
    pytest.param("team-a", web("http://intern/a"), "web server", id="a listed host without its port"),
    pytest.param("team-a", web("https://example.org/a"), "web server", id="the domain itself"),
    pytest.param("team-a", web("https://notexample.org/a"), "web server", id="a domain with the same end"),
    pytest.param("team-a", web("https://evil.net/.example.org"), "web server evil.net;", id="the host in the path"),
    pytest.param("team-a", web("https://evil.net?.example.org"), "web server evil.net;", id="the host in the query"),
    pytest.param("team-a", web("https://evil.net#.example.org"), "web server evil.net;", id="the host in the fragment"),
    pytest.param("team-a", web("https://evil.net#@files.example.com"), "web server evil.net;", id="the host as a user"),
    pytest.param(
        "team-a",
        job({"pvc": {"claimName": "b", "path": "x"}}),
        "from the PVC b; allowed: models.",
        id="another PVC",
    ),
    pytest.param(
        "team-a", job(output={"pvc": {"claimName": "models"}}), "write to the PVC models", id="to a PVC for reading"
    ),
    pytest.param(
        "team-a", pod(priorityClassName="urgent"), "PriorityClass urgent; allowed: batch.", id="another priority"
    ),
    pytest.param("team-a", pod(tolerations=[{"operator": "Exists"}]), "requested tolerations", id="all taints"),
    pytest.param(
        "team-a", pod(tolerations=[{"key": "", "operator": "Exists"}]), "allowed: ifc.", id="all taints, by empty key"
    ),
    pytest.param(
        "team-a",
        pod(tolerations=[{"key": "ifc"}, {"key": "other"}]),
        "tolerations (listed by key); allowed: ifc.",
        id="another taint",
    ),
    pytest.param(
        "team-a",
        pod(labels={"team": "a", "app": "web"}),
        "requested pod labels; allowed: team, example.com/*.",
        id="a label",
    ),
    pytest.param(
        "team-a", pod(labels={"example.common/x": "a"}), "requested pod labels", id="a label with the same start"
    ),
    pytest.param(
        "trusted",
        job(),
        f"{A_WRITES}artifacts/trusted/house; allowed: nothing.",
        id="the default bucket when nothing is listed",
    ),
    pytest.param(
        "trusted",
        job(output={"pvc": {"claimName": "x"}}, pod={"annotations": {"a": "b"}}),
        "requested pod annotations; allowed: nothing.",
        id="an annotation when none is listed",
    ),
    pytest.param("else", job(), A_READS, id="another namespace's source"),
    pytest.param("else", job({"s3": {"bucket": "public", "key": "x"}}), A_WRITES, id="the default bucket"),
]


@pytest.mark.parametrize(("namespace", "manifest"), ALLOWED)
def test_listed_entries_are_allowed(policy: ControlPlane, namespace: str, manifest: Manifest) -> None:
    assert refusal(policy, namespace, manifest) == ""


@pytest.mark.parametrize(("namespace", "manifest", "expected"), REFUSED)
def test_denial_names_the_allowed_entries_and_the_rule(
    policy: ControlPlane, namespace: str, manifest: Manifest, expected: str
) -> None:
    message = refusal(policy, namespace, manifest)
    assert expected in message
    if "ValidatingAdmissionPolicy" in message:
        assert "is forbidden" in message
        assert "Use one of these, or ask an administrator to change admissionPolicy.rules" in message


def test_apply_and_generate_name_do_not_bypass_the_policy(policy: ControlPlane) -> None:
    wrong = s3("models", "b/house.ifc")
    for command in (["apply"], ["apply", "--server-side"]):
        assert A_READS in refusal(policy, "team-a", wrong, *command)
    del wrong["metadata"]["name"]
    assert A_READS in refusal(policy, "team-a", wrong | {"metadata": {"generateName": "house-"}}, "create")


def test_existing_ifcjobs_can_be_cancelled_after_a_stricter_rule(policy: ControlPlane) -> None:
    manifest = as_text(s3("models", "a/house.ifc"))
    assert policy.kubectl("create", "-n", "team-a", "-f", "-", stdin=manifest).returncode == 0
    name, cancel = "ifcjob/house", json.dumps({"spec": {"cancel": True}})
    try:
        apply(policy, policy_objects([RULES[0] | {"sources": {}}, *RULES[1:]]))
        end = time.monotonic() + 60
        while "allowed: nothing" not in (message := refusal(policy, "team-a", s3("models", "a/house.ifc"))):
            assert time.monotonic() < end, message
        changed = policy.kubectl("patch", "-n", "team-a", name, "--type=merge", "-p", cancel)
        assert changed.returncode == 0, changed.stderr
    finally:
        apply(policy, policy_objects(RULES))
        policy.kubectl("delete", "-n", "team-a", name)


def test_reinstalled_policy_takes_effect(policy: ControlPlane) -> None:
    objects, wrong = policy_objects(RULES), s3("models", "b/house.ifc")
    delete(policy, objects)
    end = time.monotonic() + 60
    while message := refusal(policy, "team-a", wrong):
        assert time.monotonic() < end, message
    # Long enough for the API server to drop its watch for the deleted policy's parameters.
    time.sleep(3)
    apply(policy, objects)
    wait_in_effect(policy)
    assert refusal(policy, "team-a", s3("models", "a/house.ifc")) == ""


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([{"name": "a", "namespaces": ["x"]}, {"name": "b", "namespaces": ["x"]}], "a namespace is in two rules"),
        ([{"name": "a"}, {"name": "b"}], "two rules have no namespaces"),
        ([{"name": "a"}, {"name": "a", "namespaces": ["x"]}], "two rules have the same name"),
        ([{"name": "a", "sources": {"s3": ["models/*"]}}], "pattern"),
        ([{"name": "a", "sources": {"s3": ["s3://models/a"]}}], "pattern"),
        ([{"name": "a", "sources": {"s3": ["models/a/../b"]}}], "rules/0/sources/s3/0"),
        ([{"name": "a", "sources": {"buckets": ["models"]}}], "additional properties 'buckets' not allowed"),
        ([{"namespaces": ["a"]}], "missing property 'name'"),
        ([{"name": "others", "namespaces": ["a"]}], "rules/0/name"),
    ],
)
def test_chart_rejects_contradictory_rules(rules: list[Any], message: str) -> None:
    with pytest.raises(Refused, match=re.escape(message)):
        policy_objects(rules)


def test_validation_actions_can_warn_instead_of_deny() -> None:
    objects = policy_objects([{"name": "a"}], validationActions=["Warn", "Audit"])
    actions = [item["spec"]["validationActions"] for item in objects if item["kind"].endswith("Binding")]
    assert actions == [["Warn", "Audit"]]
    assert [item for item in rendered({}) if "AdmissionPolicy" in item["kind"]] == []
