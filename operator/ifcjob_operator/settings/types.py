"""Types of the operator's own settings: their format in the environment, and the values allowed."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, WithJsonSchema

from ifcjob.pod_options import DefaultResources, PodDefaults
from ifcjob.quantity import QUANTITY_PATTERN, as_bytes
from ifcjob_operator.applying.job_manifest import OUTPUT, OWN_VOLUMES, REQUEST, SOURCE, WORK
from ifcjob_operator.cluster.objects import CONTAINER

MIN_MEMORY_BYTES = 64 * 2**20
_LABEL_VALUE = re.compile("([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_KEY = re.compile("([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


def _bytes(value: str) -> str:
    if as_bytes(value) < MIN_MEMORY_BYTES:
        raise ValueError("it must be at least 64Mi: write Gi or Mi, as in 16Gi")
    return value


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = str(text).partition("=")
    if not equals or _KEY.fullmatch(key) is None:
        raise ValueError(f"{text!r} is not a key with a value: write team=bim,example.com/cost=7")
    return key, value


def _label(pair: tuple[str, str]) -> tuple[str, str]:
    if _LABEL_VALUE.fullmatch(pair[1]) is None:
        raise ValueError(f"{pair[1]!r} is not a label value: write at most 63 letters, digits, -, _ and .")
    return pair


def _pod_defaults(value: object) -> object:
    if isinstance(value, dict):
        _refuse_unknown(value, PodDefaults)
        _refuse_unknown(value.get("resources"), DefaultResources)
    return value


def _refuse_unknown(value: object, kind: type[BaseModel]) -> None:
    known = {str(field.alias) for field in kind.model_fields.values()}
    if isinstance(value, dict) and (unknown := sorted(value.keys() - known)):
        raise ValueError(f"there is no {', '.join(unknown)}: use {', '.join(sorted(known))}")


def _fields(*names: str) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Return a check that a Kubernetes object has no other fields: the operator sets those."""

    def check(given: Mapping[str, Any]) -> Mapping[str, Any]:
        if other := sorted(given.keys() - set(names)):
            raise ValueError(f"{other[0]} cannot be set: use {', '.join(names)}")
        return given

    return check


def _free(fields: Mapping[str, Any], list_name: str, key: str, taken: Collection[str]) -> None:
    """Refuse entries that the operator has, too: the API server would refuse every pod."""
    entries = fields.get(list_name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"{list_name}: write a list of objects, each with {key}")
    names = [str(entry.get(key, "")).rstrip("/") for entry in entries]
    if used := next((name for name in names if name in taken or names.count(name) > 1), None):
        if used not in taken:
            raise ValueError(f"{list_name}: two have the {key} {used}; rename one")
        raise ValueError(f"{list_name}: every runner pod has {used} already; choose another {key}")


def _pod_fields(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    _fields("securityContext", "hostAliases", "dnsConfig", "volumes", "initContainers", "containers")(fields)
    _free(fields, "volumes", "name", OWN_VOLUMES)
    for name in ("initContainers", "containers"):
        _free(fields, name, "name", (CONTAINER,))
    return fields


def _container_fields(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    _fields("securityContext", "env", "envFrom", "volumeMounts")(fields)
    _free(fields, "volumeMounts", "mountPath", (REQUEST, SOURCE, OUTPUT, WORK))
    return fields


Size = Annotated[
    str, AfterValidator(_bytes), WithJsonSchema({"type": "string", "format": "quantity", "pattern": QUANTITY_PATTERN})
]
"""A quantity of bytes."""
Pair = Annotated[tuple[str, str], BeforeValidator(_pair)]
"""A key with a value: `key=value`."""
LabelPair = Annotated[Pair, AfterValidator(_label)]
"""A label: `key=value`."""
RunnerDefaults = Annotated[PodDefaults, BeforeValidator(_pod_defaults), WithJsonSchema({"type": "string"})]
"""Defaults of runner pods, as JSON."""
PodFields = Annotated[dict[str, Any], AfterValidator(_pod_fields)]
"""Fields of a pod's spec; lists complete those of the operator."""
ContainerFields = Annotated[dict[str, Any], AfterValidator(_container_fields)]
"""Fields of the runner's container; lists complete those of the operator."""
