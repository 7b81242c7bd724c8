"""Evaluates NetworkPolicies as the API's documentation defines them, for plugins that do not enforce them."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.manifests import Manifest


@dataclass(frozen=True)
class Endpoint:
    """A pod, or with no namespace something outside of the cluster."""

    name: str
    address: str
    namespace: str | None = None
    labels: dict[str, str] = field(default_factory=dict)


def selects(selector: Manifest, labels: dict[str, str]) -> bool:
    """Tell whether a label selector selects what has these labels; the empty one selects everything."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    return all(_holds(expression, labels) for expression in selector.get("matchExpressions", ()))


def of_pod(policies: Iterable[Manifest], pod: Endpoint) -> set[str]:
    """Return the names of the policies that select a pod."""
    return {policy["metadata"]["name"] for policy in policies if _applies(policy, pod)}


def connects(policies: list[Manifest], source: Endpoint, target: Endpoint, port: int, protocol: str = "TCP") -> bool:
    """Tell whether the policies let a connection through at both of its ends."""
    return _lets(policies, source, target, ("Egress", "egress", "to"), (port, protocol)) and _lets(
        policies, target, source, ("Ingress", "ingress", "from"), (port, protocol)
    )


def _lets(
    policies: list[Manifest], pod: Endpoint, other: Endpoint, way: tuple[str, str, str], port: tuple[int, str]
) -> bool:
    kind, rules, peers = way
    specs = [policy["spec"] for policy in policies if _applies(policy, pod) and kind in policy["spec"]["policyTypes"]]
    return not specs or any(
        _is_peer(rule.get(peers), other) and _is_port(rule.get("ports"), *port)
        for spec in specs
        for rule in spec.get(rules) or ()
    )


def _applies(policy: Manifest, pod: Endpoint) -> bool:
    return policy["metadata"]["namespace"] == pod.namespace and selects(policy["spec"]["podSelector"], pod.labels)


def _is_peer(peers: list[Manifest] | None, other: Endpoint) -> bool:
    if not peers:
        return True  # a rule without peers is one of all
    for peer in peers:
        if block := peer.get("ipBlock"):
            address = ip_address(other.address)
            outside = any(address in ip_network(excluded) for excluded in block.get("except", ()))
            if address in ip_network(block["cidr"]) and not outside:
                return True
        elif other.namespace is not None:
            # Without a namespaceSelector it would be the policy's own; ours always have one.
            its = {"kubernetes.io/metadata.name": other.namespace}
            if selects(peer["namespaceSelector"], its) and selects(peer.get("podSelector", {}), other.labels):
                return True
    return False


def _is_port(ports: list[Manifest] | None, port: int, protocol: str) -> bool:
    return not ports or any(allowed["port"] == port and allowed.get("protocol", "TCP") == protocol for allowed in ports)


def _holds(expression: Manifest, labels: dict[str, str]) -> bool:
    value, values = labels.get(expression["key"]), expression.get("values", [])
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case other:
            raise AssertionError(f"no operator of a selector: {other}")
