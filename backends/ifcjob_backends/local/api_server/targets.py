"""Paths of the Kubernetes API → the resource, object and query that they name."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from ifcjob.ifcqueue import IFCQUEUES
from ifcjob.labels import GROUP
from ifcjob.resource import API_VERSION, IFCJOBS, VERSION
from ifcjob_backends.cluster.errors import NotFound, Refused
from ifcjob_backends.cluster.objects import Json, Key


@dataclass(frozen=True)
class Resource:
    """A resource that the local API server has."""

    group_path: str
    name: str
    """The plural, as in URLs."""
    api_version: str
    kind: str
    has_status: bool = False
    """Whether only its status subresource writes the status."""

    @property
    def group(self) -> str:
        """Return the API group; empty for core."""
        return self.api_version.rpartition("/")[0]


RESOURCES = {
    resource.name: resource
    for resource in (
        Resource(f"/apis/{GROUP}/{VERSION}", IFCJOBS, API_VERSION, "IfcJob", has_status=True),
        Resource(f"/apis/{GROUP}/{VERSION}", IFCQUEUES, API_VERSION, "IfcQueue", has_status=True),
        Resource("/apis/batch/v1", "jobs", "batch/v1", "Job", has_status=True),
        Resource("/api/v1", "pods", "v1", "Pod"),
        Resource("/api/v1", "secrets", "v1", "Secret"),
        Resource("/api/v1", "events", "v1", "Event"),
    )
}


@dataclass(frozen=True)
class Target:
    """A parsed path."""

    resource: Resource
    namespace: str | None
    name: str | None
    subresource: str | None
    query: dict[str, str]

    @property
    def key(self) -> Key:
        """Return namespace and name; Refused when the path does not name an object."""
        if self.namespace is None or self.name is None:
            raise Refused(405, f"name one object of {self.resource.name} in a namespace")
        return self.namespace, self.name


def target_of(path: str, query: dict[str, str] | None = None) -> Target:
    """Parse a path with its query; NotFound when the server has no such resource."""
    place, _, text = path.partition("?")
    for resource in RESOURCES.values():
        if not place.startswith(f"{resource.group_path}/"):
            continue
        words = [unquote(word) for word in place[len(resource.group_path) + 1 :].split("/")]
        namespace = None
        if words[0] == "namespaces" and len(words) > 2:
            namespace, words = words[1], words[2:]
        if words[0] != resource.name or len(words) > 3:
            continue
        name, subresource = [*words[1:], None, None][:2]
        return Target(resource, namespace, name, subresource, dict(parse_qsl(text)) | (query or {}))
    raise NotFound(404, f"the local API server does not have {place}")


def selector_of(query: dict[str, str]) -> Callable[[Json], bool]:
    """Return whether an object matches the `labelSelector` and `fieldSelector` of a query."""
    terms = [_term(text, ("metadata", "labels")) for text in _split(query.get("labelSelector", ""))]
    terms += [_term(text, None) for text in _split(query.get("fieldSelector", ""))]
    return lambda item: all(term(item) for term in terms)


def _split(selector: str) -> list[str]:
    return [term.strip() for term in selector.split(",") if term.strip()]


def _term(text: str, labels: tuple[str, ...] | None) -> Callable[[Json], bool]:
    """Return one term: `name`, `!name`, `name=value`, `name==value` or `name!=value`; sets are not supported."""
    if " in " in text or " notin " in text or "(" in text:
        raise Refused(400, f"the local API server does not support the selector {text!r}")
    name, operator, value = text.partition("!=") if "!=" in text else text.replace("==", "=").partition("=")
    name, value = name.strip(), value.strip()

    def read(item: Json) -> str | None:
        if labels is not None:
            return ((item["metadata"].get("labels")) or {}).get(name.removeprefix("!"))
        field: object = item
        for part in name.split("."):
            field = field.get(part) if isinstance(field, dict) else None
        return "" if field is None else str(field)

    if not operator:
        return lambda item: (read(item) is None) == name.startswith("!")
    if operator == "!=":
        return lambda item: read(item) != value
    return lambda item: read(item) == value
