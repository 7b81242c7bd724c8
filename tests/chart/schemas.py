"""JSON Schemas of Kubernetes, KEDA and other APIs, from the API descriptions that go.sum pins.

kubeconform needs one file per kind. Published sets are neither pinned nor available offline, and converters on PyPI
take minutes per version, so this module converts `swagger.json` and the CRDs itself.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tools.go_programs import CACHE, KEDA, MODULES, PROGRAMS, files_of, locked

Schema = dict[str, Any]

PINNED = MODULES / "schemas" / "go.sum"
KUBERNETES = "k8s.io/kubernetes"
PROMETHEUS_OPERATOR = "github.com/prometheus-operator/prometheus-operator"
KEDA_KINDS = ("scaledobjects", "triggerauthentications")
PROMETHEUS_KINDS = ("podmonitors", "prometheusrules", "scrapeconfigs")
# Where kubeconform finds the schema of an object below a folder.
LAYOUT = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
REFERENCE = "#/definitions/"


def versions() -> list[str]:
    """Return the Kubernetes versions with schemas, such as `1.36.3`."""
    lines = (line.split() for line in PINNED.read_text(encoding="utf-8").splitlines())
    return [version.removeprefix("v") for module, version, _ in lines if module == KUBERNETES]


def kubernetes(version: str) -> Path:
    """Return the folder with the schemas of a Kubernetes version, creating it if missing."""
    folder = _cached(version)
    with locked("schemas"):
        if not folder.exists():
            swagger = files_of("schemas", f"{KUBERNETES}@v{version}") / "api/openapi-spec/swagger.json"
            _write_all(_kinds(json.loads(swagger.read_text(encoding="utf-8"))["definitions"]), folder)
    return folder


def extensions() -> Path:
    """Return the folder with the schemas of the chart's KEDA and Prometheus Operator objects."""
    folder = _cached("extensions")
    with locked("schemas"):
        if not folder.exists():
            keda = files_of(PROGRAMS, KEDA) / "config/crd/bases"
            prometheus = files_of("schemas", pinned(PROMETHEUS_OPERATOR)) / "example/prometheus-operator-crd"
            definitions = [keda / f"keda.sh_{kind}.yaml" for kind in KEDA_KINDS]
            definitions += [prometheus / f"monitoring.coreos.com_{kind}.yaml" for kind in PROMETHEUS_KINDS]
            write_custom(definitions, folder)
    return folder


def write_custom(definitions: list[Path], folder: Path) -> None:
    """Write the schemas of CRD files."""
    written = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in definitions)
    _write_all((schema for crd in written for schema in _custom(crd)), folder)


def _cached(name: str) -> Path:
    key = hashlib.sha256(
        Path(__file__).read_bytes() + PINNED.read_bytes() + (MODULES / f"{PROGRAMS}/go.sum").read_bytes()
    )
    return CACHE / "schemas" / key.hexdigest()[:12] / name


def pinned(module: str) -> str:
    """Return a module with its version, as `go mod download` takes it."""
    lines = (line.split() for line in PINNED.read_text(encoding="utf-8").splitlines())
    return next(f"{name}@{version}" for name, version, _ in lines if name == module)


def _write_all(schemas: Iterator[tuple[str, Schema]], folder: Path) -> None:
    part = folder.with_name(f"{folder.name}.part{os.getpid()}")
    for place, schema in schemas:
        (part / place).parent.mkdir(parents=True, exist_ok=True)
        (part / place).write_text(json.dumps(schema), encoding="utf-8")
    part.rename(folder)


def _kinds(definitions: dict[str, Schema]) -> Iterator[tuple[str, Schema]]:
    strict = {name: _strict(schema) for name, schema in definitions.items()}
    # A quantity may be a number or a string.
    strict[QUANTITY] = {"type": ["string", "number"]}
    for name, schema in definitions.items():
        kinds = schema.get("x-kubernetes-group-version-kind", ())
        # Definitions with several kinds are request options.
        if len(kinds) == 1:
            used = {reference: strict[reference] for reference in sorted(_reachable(name, strict))}
            yield _place(**kinds[0]), {"$ref": REFERENCE + name, "definitions": used}


def _custom(crd: Schema) -> Iterator[tuple[str, Schema]]:
    spec = crd["spec"]
    for version in spec["versions"]:
        schema = _strict(version["schema"]["openAPIV3Schema"])
        # The CRD does not require these fields; every manifest must have them.
        schema["required"] = sorted({*schema.get("required", ()), "apiVersion", "kind", "metadata"})
        yield _place(spec["group"], version["name"], spec["names"]["kind"]), schema


def _place(group: str, version: str, kind: str) -> str:
    # For the core group, kubeconform's `Group` is the version.
    return f"{group or version}/{kind.lower()}_{version}.json"


def _reachable(name: str, definitions: dict[str, Schema]) -> set[str]:
    reachable: set[str] = set()
    pending = [name]
    while pending:
        name = pending.pop()
        if name not in reachable:
            reachable.add(name)
            pending += _references(definitions[name])
    return reachable


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        # A property may be named $ref; its value is then not a string.
        if isinstance(reference := value.get("$ref"), str):
            yield reference.removeprefix(REFERENCE)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _references(item)


def _strict(schema: Schema) -> Schema:
    """Reject unknown fields, which the API server would drop or reject."""
    if schema.get("format") == "int-or-string" or schema.get("x-kubernetes-int-or-string"):
        return {"type": ["string", "integer"]}
    strict = {key: value for key, value in schema.items() if key != "description"}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            strict[key] = _strict(schema[key])
    if "properties" in schema:
        strict["properties"] = {name: _strict(value) for name, value in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            strict.setdefault("additionalProperties", False)
    return strict
