"""The two CRDs: names, printer columns and subresources; the types define everything else."""

from dataclasses import dataclass, field

from pydantic import BaseModel

from ifcjob.crd.completeness import fields_without_description, unbounded_fields
from ifcjob.crd.structural import NotStructuralError, Schema, structural
from ifcjob.ifcqueue import IFCQUEUES, IfcQueue
from ifcjob.labels import GROUP
from ifcjob.resource import IFCJOBS, VERSION, IfcJob


@dataclass(frozen=True)
class Column:
    """A column of `kubectl get`."""

    name: str
    path: str
    about: str
    type: str = "string"
    wide: bool = False
    """Shown only with `-o wide`."""


@dataclass(frozen=True)
class Resource:
    """The parts of a CRD that the types do not define."""

    type: type[BaseModel]
    plural: str
    short: str
    columns: tuple[Column, ...]
    selectable: tuple[str, ...] = ()
    """Selectable fields of `kubectl get --field-selector`."""
    scale: dict[str, str] = field(default_factory=dict)
    initial_status: dict[str, str] = field(default_factory=dict)
    """Status of a resource that the operator has not processed yet."""


_AGE = Column("Age", ".metadata.creationTimestamp", "Time since it was created.", "date")

IFCJOB = Resource(
    IfcJob,
    IFCJOBS,
    "ifcj",
    columns=(
        Column("Queue", ".spec.queue", "The queue that admits it."),
        Column("Phase", ".status.phase", "How far it is."),
        Column("Stage", ".status.progress.stage", "The stage the running attempt is in."),
        Column("Percent", ".status.progress.percent", "Share of the running attempt.", "integer"),
        Column("Attempts", ".status.attempts[-1:].number", "Attempts so far.", "integer"),
        Column("Reason", ".status.failure.reason", "Why the last attempt failed."),
        Column("Running", '.status.conditions[?(@.type=="Running")].reason', "Why it runs or waits.", wide=True),
        Column("Started", ".status.startedAt", "Time since the first attempt ran.", "date", wide=True),
        Column("Finished", ".status.finishedAt", "Time since it finished.", "date", wide=True),
        Column("Result", ".status.result.manifest", "Where the artifacts are.", wide=True),
        _AGE,
    ),
    selectable=(".spec.queue", ".status.phase"),
    initial_status={"phase": "Queued"},
)

IFCQUEUE = Resource(
    IfcQueue,
    IFCQUEUES,
    "ifcq",
    columns=(
        Column("Slots", ".spec.slots", "Jobs that may run at once.", "integer"),
        Column("Pending", ".status.pending", "Jobs waiting.", "integer"),
        Column("Active", ".status.active", "Jobs admitted and not finished.", "integer"),
        Column("Policy", ".spec.stopPolicy", "Whether it admits jobs."),
        Column("Oldest", ".status.oldestPendingAt", "How long the first in line waits.", "date", wide=True),
        Column("CPU", ".spec.budget.cpu", "CPUs the running jobs may request.", wide=True),
        Column("Memory", ".spec.budget.memory", "Memory the running jobs may request.", wide=True),
        _AGE,
    ),
    scale={
        "specReplicasPath": ".spec.slots",
        "statusReplicasPath": ".status.slots",
        "labelSelectorPath": ".status.selector",
    },
)

RESOURCES = (IFCJOB, IFCQUEUE)


def definition(resource: Resource) -> Schema:
    """Return the CRD; raise an error that names the fields without a description or a bound."""
    kind = resource.type.__name__
    singular = kind.lower()
    version = {
        "name": VERSION,
        "served": True,
        "storage": True,
        "additionalPrinterColumns": [_column(column) for column in resource.columns],
        "schema": {"openAPIV3Schema": resource_schema(resource)},
        "subresources": {"status": {}, **({"scale": resource.scale} if resource.scale else {})},
    }
    if resource.selectable:
        version["selectableFields"] = [{"jsonPath": path} for path in resource.selectable]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{resource.plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": resource.plural,
                "singular": singular,
                "shortNames": [resource.short],
                # Not `ifcjob`: a category of a resource's name takes that name from it.
                "categories": ["ifc"],
            },
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def resource_schema(resource: Resource) -> Schema:
    """Return the structural schema of a resource; its status has no defaults except the initial one."""
    schema = structural(resource.type)
    properties = schema["properties"]
    # The API server owns these three.
    properties["metadata"] = {"type": "object"}
    for name in ("apiVersion", "kind"):
        properties[name] = {"type": "string", "description": properties[name]["description"]}
    schema["required"] = ["spec"] if "default" not in properties["spec"] else []
    _drop_defaults(properties["status"])
    if resource.initial_status:
        properties["status"]["default"] = resource.initial_status
    kind = resource.type.__name__
    undescribed = [path for path in fields_without_description(schema, kind) if path != f"{kind}.metadata"]
    unbounded = list(unbounded_fields(properties["spec"], f"{kind}.spec"))
    if undescribed or unbounded:
        raise NotStructuralError(f"{kind}: without description: {undescribed}; without bound: {unbounded}")
    return schema


def _drop_defaults(schema: Schema) -> None:
    schema.pop("default", None)
    for part in (*schema.get("properties", {}).values(), *(schema[name] for name in ("items",) if name in schema)):
        _drop_defaults(part)


def _column(column: Column) -> Schema:
    shown = {"name": column.name, "type": column.type, "jsonPath": column.path, "description": column.about}
    return {**shown, "priority": 1} if column.wide else shown
