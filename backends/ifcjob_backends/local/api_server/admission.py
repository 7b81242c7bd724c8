"""Checks IfcJobs and IfcQueues as an API server with our CRDs does: prune, set defaults, refuse with its messages."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from ifcjob.crd.definitions import RESOURCES as CRDS
from ifcjob.crd.definitions import resource_schema
from ifcjob_backends.cluster.errors import Refused
from ifcjob_backends.cluster.objects import KubeObject
from ifcjob_backends.local.api_server.cel import broken_rules
from ifcjob_backends.local.api_server.targets import Resource

Schema = dict[str, Any]
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "integer": (int,),
    "number": (int, float),
}


def admit(resource: Resource, item: KubeObject, before: KubeObject | None, query: dict[str, str]) -> KubeObject:
    """Return the object to store; Refused (422) lists every problem. Resources without a CRD are not checked."""
    schema = _schemas().get(resource.name)
    if schema is None:
        return item
    metadata = item["metadata"]
    check = _Check(strict=query.get("fieldValidation") == "Strict")
    # The status is written by the operator only, from the contract's own types.
    parts = {name: part for name, part in item.items() if name not in ("metadata", "status")}
    fitted: KubeObject = check.fit(schema, parts | {"metadata": {}}, "")
    if before is not None:
        fitted.pop("status", None)  # the initial one
    if check.unknown:
        names = ", ".join(f'unknown field "{path}"' for path in check.unknown)
        raise Refused(400, f"strict decoding error: {names}")
    problems = check.problems or [
        f"{path or '<nil>'}: Invalid value: {message}"
        for path, message in broken_rules(schema, fitted | {"metadata": metadata}, before)
    ]
    if problems:
        text = problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]"
        raise Refused(422, f'{resource.kind}.{resource.group} "{metadata["name"]}" is invalid: {text}')
    return item | fitted | {"metadata": metadata}


@cache
def _schemas() -> dict[str, Schema]:
    return {crd.plural: resource_schema(crd) for crd in CRDS}


@dataclass
class _Check:
    """One validation against a structural schema."""

    strict: bool

    def __post_init__(self) -> None:
        self.problems: list[str] = []
        self.unknown: list[str] = []

    def fit(self, schema: Schema, value: Any, path: str) -> Any:
        """Return the value without unknown fields and nulls, and with defaults."""
        if not self._has_type(schema, value, path):
            return value
        if isinstance(value, dict):
            value = self._object(schema, value, path)
        elif isinstance(value, list):
            items = schema.get("items", {})
            value = [self.fit(items, entry, f"{path}[{index}]") for index, entry in enumerate(value)]
        elif isinstance(value, float) and schema.get("type") == "integer":
            value = int(value)
        self._bounds(schema, value, path)
        return value

    def _object(self, schema: Schema, value: dict[str, Any], path: str) -> dict[str, Any]:
        fields, others = schema.get("properties", {}), schema.get("additionalProperties")
        fitted: dict[str, Any] = {}
        for name, part in value.items():
            where = f"{path}.{name}" if path else name
            if name in fields or isinstance(others, dict):
                if part is not None:
                    fitted[name] = self.fit(fields.get(name, others), part, where)
            elif schema.get("x-kubernetes-preserve-unknown-fields") or not fields:
                fitted[name] = part
            elif self.strict:
                self.unknown.append(where)
        for name, field in fields.items():
            if name not in fitted and "default" in field:
                fitted[name] = self.fit(field, field["default"], f"{path}.{name}" if path else name)
        for name in schema.get("required", ()):
            if name not in fitted:
                self.problems.append(f"{f'{path}.{name}' if path else name}: Required value")
        return fitted

    def _has_type(self, schema: Schema, value: Any, path: str) -> bool:
        kind = schema.get("type")
        if schema.get("x-kubernetes-int-or-string"):
            kind, fits = "integer,string", isinstance(value, (int, str)) and not isinstance(value, bool)
        elif kind is None:
            return True
        else:
            fits = isinstance(value, _TYPES[kind]) and (kind == "boolean") == isinstance(value, bool)
            fits = fits or (kind == "integer" and isinstance(value, float) and value.is_integer())
        if not fits:
            name = next((name for name, types in _TYPES.items() if isinstance(value, types)), "null")
            self.problems.append(f'{path}: Invalid value: "{name}": {path} in body must be of type {kind}: "{name}"')
        return fits

    def _bounds(self, schema: Schema, value: Any, path: str) -> None:
        invalid = f"{path}: Invalid value: {value!r}: {path} in body should"
        if isinstance(value, str):
            if len(value) > schema.get("maxLength", len(value)):
                self.problems.append(f"{path}: Too long: may not be more than {schema['maxLength']} bytes")
            if len(value) < schema.get("minLength", 0):
                self.problems.append(f"{invalid} be at least {schema['minLength']} chars long")
            if "enum" in schema and value not in schema["enum"]:
                listed = ", ".join(f'"{name}"' for name in schema["enum"])
                self.problems.append(f'{path}: Unsupported value: "{value}": supported values: {listed}')
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            # Below these minima, the CEL rule beside them has the message that the API server shows.
            if value < schema.get("minimum", value) and "x-kubernetes-validations" not in schema:
                self.problems.append(f"{invalid} be greater than or equal to {schema['minimum']}")
            if value > schema.get("maximum", value):
                self.problems.append(f"{invalid} be less than or equal to {schema['maximum']}")
        elif isinstance(value, (list, dict)):
            most: int = schema.get("maxItems") or schema.get("maxProperties") or len(value)
            if len(value) > most:
                self.problems.append(f"{path}: Too many: {len(value)}: must have at most {most} items")
            if len(value) < schema.get("minItems", 0):
                self.problems.append(f"{invalid} have at least {schema['minItems']} items")
