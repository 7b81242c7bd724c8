"""The options of a runner pod: the defaults of the operator, then those of the queue, then the IfcJob's own values."""

from collections.abc import Sequence
from typing import Any

from ifcjob.pod_options import DefaultResources, PodDefaults, PodOptions
from ifcjob.quantity import amount
from ifcjob.resource import IfcJob, Resources

_MAPS = ("node_selector", "labels", "annotations")


def merge_options(layers: Sequence[PodOptions]) -> PodDefaults:
    """Merge the options except resources; the last layer wins.

    Maps merge by key, tolerations are appended, and every other value replaces the earlier one: also an empty list.
    """
    merged: dict[str, Any] = {}
    for layer in layers:
        for name in layer.model_fields_set - {"resources"}:
            value = getattr(layer, name)
            if name in _MAPS:
                value = merged.get(name, {}) | value
            elif name == "tolerations":
                value = [*merged.get(name, ()), *value]
            merged[name] = value
    return PodDefaults.model_construct(**merged)


def with_default_resources(ifcjob: IfcJob, layers: Sequence[PodDefaults]) -> IfcJob:
    """Return the IfcJob with the resources that it does not set itself; the last layer wins."""
    own = ifcjob.spec.resources
    defaults: dict[str, Any] = {}
    for layer in layers:
        defaults |= _given(layer.resources)
    if not defaults.keys() - own.model_fields_set:
        return ifcjob
    memory = defaults.get("memory", "auto")
    if own.max_memory and memory != "auto" and amount(memory) > amount(own.max_memory):
        defaults["memory"] = own.max_memory
    resources = Resources.model_construct(**(defaults | _given(own)))
    spec = ifcjob.spec.model_copy(update={"resources": resources})
    return ifcjob.model_copy(update={"spec": spec})


def _given(resources: Resources | DefaultResources) -> dict[str, Any]:
    return {name: getattr(resources, name) for name in resources.model_fields_set}
