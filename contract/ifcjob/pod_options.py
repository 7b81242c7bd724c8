"""Options of runner pods: those that an IfcJob may choose, and the defaults of a queue or of the operator."""

from typing import Annotated, Any

from pydantic import Field

from ifcjob.base_type import ContractType
from ifcjob.cel_rules import rules
from ifcjob.patterns import FREE_KEYS, INERT_KEYS, LABEL_KEYS, NOT_A_SYSTEM_CLASS, LabelValue, ObjectName
from ifcjob.quantity import AutoOrBytes, ByteQuantity, CpuQuantity


class PodOptions(ContractType):
    """Settings of the pod that a user may choose; the operator sets all others."""

    node_selector: dict[str, LabelValue] = Field(
        default_factory=dict, max_length=32, json_schema_extra=rules(LABEL_KEYS)
    )
    """Labels that the node must have."""
    tolerations: list[Annotated[dict[str, Any], Field(max_length=8)]] = Field(default_factory=list, max_length=32)
    """Taints the pod tolerates, as in a Pod's `spec.tolerations`."""
    affinity: Annotated[dict[str, Any], Field(max_length=3)] | None = None
    """Affinity, as in a Pod's `spec.affinity`."""
    priority_class_name: Annotated[ObjectName, Field(json_schema_extra=rules(NOT_A_SYSTEM_CLASS))] | None = None
    """The PriorityClass of the pod; classes of Kubernetes itself (`system-…`) are rejected."""
    labels: dict[str, LabelValue] = Field(
        default_factory=dict, max_length=32, json_schema_extra=rules(LABEL_KEYS, FREE_KEYS, INERT_KEYS)
    )
    """Labels to add to the Job and the pod. Keys under `ifcjob.io`, `kubernetes.io` and `k8s.io` are rejected, and
    so are keys that make other programs change the pod: service meshes, secret injectors, workload identities, networks
    and container runtimes."""
    annotations: dict[str, Annotated[str, Field(max_length=4096)]] = Field(
        default_factory=dict, max_length=32, json_schema_extra=rules(LABEL_KEYS, FREE_KEYS, INERT_KEYS)
    )
    """Annotations to add to the pod; the same keys are rejected."""


class DefaultResources(ContractType):
    """Resources of the pods of IfcJobs that do not set them."""

    cpu: CpuQuantity | None = None
    """CPUs, such as `2`."""
    memory: AutoOrBytes | None = None
    """A quantity such as `4Gi`, or `auto`; the IfcJob's `maxMemory` limits it."""
    ephemeral_storage: ByteQuantity | None = None
    """Scratch space, such as `20Gi`."""


class PodDefaults(PodOptions):
    """Defaults of runner pods. Later layers win: the operator's, the queue's, the IfcJob's own values."""

    topology_spread_constraints: list[Annotated[dict[str, Any], Field(max_length=8)]] = Field(
        default_factory=list, max_length=8
    )
    """Spread over nodes or zones, as in a Pod's `spec.topologySpreadConstraints`."""
    runtime_class_name: ObjectName | None = None
    """The RuntimeClass, such as gVisor or Kata."""
    image_pull_secrets: list[ObjectName] = Field(default_factory=list, max_length=16)
    """Names of image pull Secrets in the namespace of the IfcJob."""
    resources: DefaultResources = Field(default_factory=DefaultResources)
    """Resources of IfcJobs that do not set them."""
