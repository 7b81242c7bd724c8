"""The connections that the chart's NetworkPolicies allow for each pod, and values they reject."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ifcjob_operator.applying.job_manifest import PodSettings, job_manifest
from tests.support.builders import an_attempt, an_ifcjob
from tests.support.chart import SYSTEM, Refused, named, rendered
from tests.support.network_policies import Endpoint, connects, of_pod

if TYPE_CHECKING:
    from tests.support.manifests import Manifest
    from tools.cluster.control_plane import ControlPlane


WATCHED = ["team-a", "team-b"]
BUNDLED = {"postgresql": {"enabled": True}, "objectStore": {"enabled": True}}
OUTSIDE = {
    "objectStore": {"endpoint": "https://s3.example.com", "existingSecret": {"name": "s3"}},
    "database": {"existingSecret": {"name": "database"}},
}
DNS = Endpoint("dns", "198.19.0.2", "kube-system", {"k8s-app": "kube-dns"})
STRANGERS = [
    Endpoint("keda", "198.19.0.3", "keda", {"app": "keda-operator"}),
    Endpoint("prometheus", "198.19.0.4", "monitoring", {}),
    Endpoint("a neighbour", "198.19.0.5", SYSTEM, {"app.kubernetes.io/name": "ifcjob"}),
    Endpoint("somebody", "198.19.0.6", "default", {"app.kubernetes.io/component": "operator"}),
]
WEB = Endpoint("a web server", "198.51.100.7")
PRIVATE = Endpoint("the company's network", "100.64.1.2")
METADATA = [
    Endpoint(f"metadata at {address}", address)
    for address in ("169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "64:ff9b::a9fe:a9fe")
]
KINDS = ("Deployment", "StatefulSet", "Job", "Pod")
COMPONENT = "app.kubernetes.io/component"


def policies_in(objects: list[Manifest]) -> list[Manifest]:
    return [item for item in objects if item["kind"] == "NetworkPolicy"]


def pods_in(objects: list[Manifest], **labels: str) -> dict[str, Endpoint]:
    """Return a release's pods, and a runner pod with these labels in each namespace."""
    endpoints: dict[str, Endpoint] = {}
    for item in objects:
        if item["kind"] in KINDS:
            template = item if item["kind"] == "Pod" else item["spec"]["template"]
            its = template["metadata"]["labels"]
            endpoints[its[COMPONENT]] = Endpoint(its[COMPONENT], f"198.19.1.{len(endpoints)}", SYSTEM, its)
    job = job_manifest(an_ifcjob(pod={"labels": labels}), an_attempt(), PodSettings(image="runner"))
    for namespace in WATCHED:
        name = f"runner in {namespace}"
        its = job["spec"]["template"]["metadata"]["labels"]
        endpoints[name] = Endpoint(name, f"198.19.2.{len(endpoints)}", namespace, its)
    return endpoints


def open_to(policies: list[Manifest], source: Endpoint, targets: list[Endpoint]) -> set[str]:
    """Return the endpoints that a pod can connect to, as `name:port`."""
    ports = [
        (53, "UDP"),
        (53, "TCP"),
        (80, "TCP"),
        (443, "TCP"),
        (5432, "TCP"),
        (6443, "TCP"),
        (8080, "TCP"),
        (9000, "TCP"),
    ]
    reachable = {
        (target.name, port)
        for target in targets
        for port, kind in ports
        if connects(policies, source, target, port, kind)
    }
    return {f"{name}:{port}" for name, port in reachable if name != source.name}


@pytest.fixture(scope="module")
def bundled() -> list[Manifest]:
    return rendered({"bundled": BUNDLED, "watchNamespaces": WATCHED})


def test_each_pod_is_selected_by_its_own_network_policy(bundled: list[Manifest]) -> None:
    policies, pods = policies_in(bundled), pods_in(bundled)
    components = {"operator", "catalog", "postgresql", "object-store", "test"}
    assert pods.keys() == components | {f"runner in {item}" for item in WATCHED}
    for name, pod in pods.items():
        component = name.partition(" ")[0]
        policy_name = "ifcjob-catalog-upgrade" if component == "catalog" else f"ifcjob-{component}"
        assert of_pod(policies, pod) == {policy_name}, name
    assert [of_pod(policies, item) for item in (DNS, *STRANGERS)] == [set()] * 5
    for policy in policies:
        assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"], "what is not named would stay open"


def test_pods_reach_only_their_peers_with_bundled_stores(bundled: list[Manifest]) -> None:
    policies, pods = policies_in(bundled), pods_in(bundled)
    places = [*pods.values(), DNS, *STRANGERS, PRIVATE, WEB, *METADATA]
    cluster = {f"{item.name}:{port}" for item in places if item not in METADATA for port in (443, 6443)}
    # Only ports identify the API server: other pods on them are reachable if their own policy allows it.
    anything = {item for item in cluster if item.rpartition(":")[0] not in pods}
    reached = {name: open_to(policies, pod, places) for name, pod in pods.items()}
    runner = {"dns:53", "operator:8080", "object-store:9000"}
    assert reached == {
        "operator": {"dns:53", "object-store:9000", "postgresql:5432", *anything},
        "catalog": {"dns:53", "postgresql:5432"},
        "test": {"dns:53", "object-store:9000", *anything},
        "postgresql": set(),
        "object-store": set(),
        **{f"runner in {item}": runner for item in WATCHED},
    }


def test_other_pods_reach_at_most_the_operators_metrics(bundled: list[Manifest]) -> None:
    policies, pods = policies_in(bundled), pods_in(bundled)
    reached = {stranger.name: open_to(policies, stranger, [*pods.values()]) for stranger in STRANGERS}
    assert reached == {
        "keda": {"operator:8080"},
        "prometheus": {"operator:8080"},
        "a neighbour": set(),
        "somebody": set(),
    }


def test_labels_of_an_ifcjob_do_not_bypass_a_network_policy(bundled: list[Manifest]) -> None:
    policies = policies_in(bundled)
    wishes = {"app.kubernetes.io/name": "ifcjob", "app.kubernetes.io/instance": "ifcjob", COMPONENT: "operator"}
    plain, wishful = pods_in(bundled), pods_in(bundled, **wishes)
    for name in (f"runner in {namespace}" for namespace in WATCHED):
        places = [*plain.values(), PRIVATE, WEB, *METADATA]
        assert of_pod(policies, wishful[name]) == {"ifcjob-runner"}
        assert open_to(policies, wishful[name], places) == open_to(policies, plain[name], places)


def test_pods_reach_external_stores_on_their_ports() -> None:
    objects = rendered(OUTSIDE | {"watchNamespaces": WATCHED})
    policies, pods = policies_in(objects), pods_in(objects)
    places = [PRIVATE, WEB, *METADATA]
    assert open_to(policies, pods["runner in team-a"], places) == {"a web server:443", "the company's network:443"}
    assert open_to(policies, pods["catalog"], places) == {"a web server:5432", "the company's network:5432"}


def test_addresses_and_ports_restrict_external_stores() -> None:
    store = {"cidrs": ["100.64.0.0/10", "198.18.0.0/15"], "ports": [9000]}
    database = {"pods": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "default"}}}]}
    objects = rendered(
        OUTSIDE | {"watchNamespaces": WATCHED, "networkPolicy": {"objectStore": store, "database": database}}
    )
    policies, pods = policies_in(objects), pods_in(objects)
    places = [PRIVATE, WEB, *STRANGERS, *METADATA]
    inside = {f"{endpoint.name}:9000" for endpoint in (PRIVATE, *STRANGERS)}
    assert open_to(policies, pods["runner in team-a"], places) == inside
    assert open_to(policies, pods["catalog"], places) == {"somebody:5432"}


@pytest.mark.parametrize(
    ("endpoint", "pod_endpoint", "operators", "runners"),
    [
        ("https://s3.example.com", "", 443, 443),
        ("http://s3.example.com", "", 80, 80),
        ("https://s3.example.com:9443", "", 9443, 9443),
        ("http://[2001:db8::1]:9000/", "", 9000, 9000),
        ("http://[2001:db8::1]", "", 80, 80),
        ("https://s3.example.com", "http://minio.storage:9000", 443, 9000),
    ],
)
def test_object_store_port_defaults_to_that_of_its_url(
    endpoint: str, pod_endpoint: str, operators: int, runners: int
) -> None:
    store = {"endpoint": endpoint, "podEndpoint": pod_endpoint, "existingSecret": {"name": "s3"}}
    objects = rendered({"objectStore": store, "networkPolicy": {"objectStore": {"cidrs": ["192.0.2.0/24"]}}})
    reachable = {
        name: {
            port["port"]
            for rule in policy["spec"]["egress"]
            for port in rule["ports"]
            if rule["to"] == [{"ipBlock": {"cidr": "192.0.2.0/24"}}]
        }
        for name, policy in named(objects, "NetworkPolicy").items()
    }
    assert (reachable["ifcjob-operator"], reachable["ifcjob-runner"]) == ({operators}, {runners})


def test_pods_reach_stores_from_operator_settings() -> None:
    settings = {"IFCJOB_S3_ENDPOINT": "https://s3.example.com", "IFCJOB_S3_POD_ENDPOINT": "http://s3:9000"}
    objects = rendered({"operator": {"settings": settings | {"IFCJOB_DATABASE_URL_FILE": "/vault/secrets/url"}}})
    reachable = {
        name: sorted(port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"])
        for name, policy in named(objects, "NetworkPolicy").items()
    }
    assert reachable == {
        "ifcjob-operator": [53, 53, 443, 443, 5432, 6443],
        "ifcjob-runner": [53, 53, 8080, 9000],
        "ifcjob-test": [53, 53, 443, 443, 6443],
    }


def test_web_servers_default_to_public_addresses() -> None:
    hosts = {"settings": {"IFCJOB_HTTP_HOSTS": "files.example.com"}}
    for network, reached in (
        ({}, {"a web server:80", "a web server:443"}),
        ({"webServers": {"cidrs": ["100.64.0.0/10"], "ports": [8080]}}, {"the company's network:8080"}),
    ):
        objects = rendered({"operator": hosts, "watchNamespaces": WATCHED, "networkPolicy": network})
        policies, pods = policies_in(objects), pods_in(objects)
        assert open_to(policies, pods["runner in team-a"], [PRIVATE, WEB, *METADATA]) == reached
    objects = rendered({"watchNamespaces": WATCHED})
    assert open_to(policies_in(objects), pods_in(objects)["runner in team-a"], [PRIVATE, WEB, *METADATA]) == set()


def test_receivers_are_open_to_the_operator_only() -> None:
    hosts = {"operator": {"settings": {"IFCJOB_NOTIFICATION_HOSTS": "hooks.example.com"}}, "watchNamespaces": WATCHED}
    for network, reached in (
        ({}, {"a web server:80", "a web server:443"}),
        ({"receivers": {"cidrs": ["100.64.0.0/10"], "ports": [8080]}}, {"the company's network:8080"}),
    ):
        objects = rendered(hosts | {"networkPolicy": network})
        policies, pods = policies_in(objects), pods_in(objects)
        assert reached <= open_to(policies, pods["operator"], [PRIVATE, WEB, *METADATA])
        assert open_to(policies, pods["runner in team-a"], [PRIVATE, WEB, *METADATA]) == set()


def test_runner_policy_exists_in_every_runner_namespace() -> None:
    queues = [{"name": "default", "namespace": "plans"}, {"name": "nightly", "namespace": "plans"}]
    objects = rendered({"queues": queues, "networkPolicy": {"runnerNamespaces": ["more"]}})
    places = {
        item["metadata"]["namespace"] for item in policies_in(objects) if item["metadata"]["name"] == "ifcjob-runner"
    }
    assert places == {"plans", "more"}


def test_disabled_network_policies_are_not_rendered() -> None:
    assert policies_in(rendered({"bundled": BUNDLED, "networkPolicy": {"enabled": False}})) == []


@pytest.mark.parametrize(
    "cidr",
    [
        *("169.254.169.254/32", "169.254.0.0/16", "169.254.128.0/17", "100.100.100.200/32", "168.63.129.16/32"),
        *("fd00:ec2::254/128", "fd00:ec2::/32", "fd00:0ec2::/48", "fe80::/64", "fd00:e00::/24", "8000::/1"),
    ],
)
@pytest.mark.parametrize("part", ["objectStore", "database", "webServers", "apiServer", "dns"])
def test_no_value_allows_a_metadata_address(part: str, cidr: str) -> None:
    with pytest.raises(Refused, match="metadata service; use a narrower range"):
        rendered(OUTSIDE | {"networkPolicy": {part: {"cidrs": [cidr]}}})


@pytest.mark.parametrize(
    "cidr",
    ["0.0.0.0/0", "128.0.0.0/1", "168.0.0.0/5", "169.0.0.0/8", "169.254.0.0/15", "100.64.0.0/10", "::/0", "fd00::/8"],
)
def test_ranges_exclude_the_metadata_addresses_they_contain(cidr: str) -> None:
    objects = rendered(OUTSIDE | {"watchNamespaces": WATCHED, "networkPolicy": {"objectStore": {"cidrs": [cidr]}}})
    assert open_to(policies_in(objects), pods_in(objects)["runner in team-a"], METADATA) == set()


def test_dns_accepts_a_link_local_name_server() -> None:
    dns = {"cidrs": ["169.254.20.10/32"], "pods": [], "ports": [53]}
    objects = rendered({"watchNamespaces": WATCHED, "networkPolicy": {"dns": dns}})
    cache = Endpoint("cache", "169.254.20.10")
    assert open_to(policies_in(objects), pods_in(objects)["runner in team-a"], [cache, DNS]) == {"cache:53"}
    with pytest.raises(Refused, match="a rule without them would allow every address"):
        rendered({"networkPolicy": {"dns": {"cidrs": [], "pods": []}}})


@pytest.mark.parametrize(
    "network",
    [
        {"objectStore": {"cidr": ["192.0.2.0/24"]}},
        {"objectStore": {"cidrs": ["192.0.2.0"]}},
        {"objectStore": {"cidrs": ["192.0.2.0/33"]}},
        {"objectStore": {"pods": [{}]}},
        {"database": {"ports": []}},
        {"webServers": {"pods": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}},
        {"operatorFrom": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]},
    ],
)
def test_schema_rejects_invalid_and_unlimited_peers(network: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="values don't meet the specifications"):
        rendered(OUTSIDE | {"networkPolicy": network})


def test_api_server_accepts_the_policies_without_warnings(api_server: ControlPlane, bundled: list[Manifest]) -> None:
    for namespace in (SYSTEM, *WATCHED):
        api_server.kubectl("create", "namespace", namespace)
    more = {"networkPolicy": {"objectStore": {"cidrs": ["128.0.0.0/1", "fd00::/8", "::/0"]}}}
    hosts = {"operator": {"settings": {"IFCJOB_HTTP_HOSTS": "files.example.com"}}}
    objects = policies_in(bundled) + policies_in(rendered(OUTSIDE | more | hosts | {"watchNamespaces": WATCHED}))
    for item in objects:
        result = api_server.kubectl("apply", "--dry-run=server", "-f", "-", stdin=json.dumps(item))
        assert (result.returncode, result.stderr) == (0, "")
