"""Convert Pydantic's JSON Schema into a structural schema for the API server; unsupported keywords raise an error."""

from typing import Any

from pydantic import BaseModel

from ifcjob.cel_rules import PATTERN_MESSAGE, RULES

Schema = dict[str, Any]

INT_OR_STRING = "x-kubernetes-int-or-string"
ANYTHING = "x-kubernetes-preserve-unknown-fields"

_KEPT = (
    "type",
    "format",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "maxProperties",
    "default",
    "x-kubernetes-list-type",
    "x-kubernetes-list-map-keys",
)
"""Keywords with the same meaning in both."""


class NotStructuralError(Exception):
    """A type uses a feature that structural schemas lack."""


def structural(document: type[BaseModel]) -> Schema:
    """Return the structural schema of a type, without references, titles and nulls."""
    schema = document.model_json_schema(by_alias=True)
    return _rewritten(schema, schema.get("$defs", {}), document.__name__)


def _rewritten(node: Schema, definitions: dict[str, Schema], where: str) -> Schema:
    node = _resolved(node, definitions, where)
    # Docstrings break their lines where the source does.
    schema: Schema = {"description": " ".join(node["description"].split())} if "description" in node else {}
    schema |= {keyword: node[keyword] for keyword in _KEPT if node.get(keyword) not in (None, [], {})}
    if node.get(INT_OR_STRING):
        schema |= {"anyOf": node["anyOf"], INT_OR_STRING: True}
    elif node.get("type") == "object":
        schema |= _object(node, definitions, where)
    elif node.get("type") == "array":
        schema["items"] = _rewritten(_item(node, where), definitions, f"{where}[]")
    elif node.get("type") == "integer":
        schema["format"] = "int32" if abs(node.get("maximum", 2**63)) < 2**31 else "int64"
    elif "type" not in node:
        raise NotStructuralError(f"{where}: no type in {sorted(node)}")
    checked = [*_pattern_rule(node, where), *_minimum_rule(node), *node.get(RULES, ())]
    # Pydantic sorts the keys of what it does not know.
    ordered = [{key: check[key] for key in ("rule", "message", "fieldPath") if key in check} for check in checked]
    return {**schema, RULES: ordered} if checked else schema


def _resolved(node: Schema, definitions: dict[str, Schema], where: str) -> Schema:
    """Replace a reference or an optional type by its schema; the description nearer to the field wins."""
    if "$ref" in node:
        target = definitions[node["$ref"].rsplit("/", 1)[-1]]
        return _resolved(_merged(target, node, "$ref"), definitions, where)
    if "anyOf" in node and not node.get(INT_OR_STRING):
        options = [option for option in node["anyOf"] if option.get("type") != "null"]
        if len(options) != 1:
            raise NotStructuralError(f"{where}: a union of {len(options)} types")
        return _resolved(_merged(options[0], node, "anyOf"), definitions, where)
    return {**node, "enum": [node["const"]]} if "const" in node else node


def _merged(inner: Schema, outer: Schema, replaced: str) -> Schema:
    merged = {**inner, **{keyword: value for keyword, value in outer.items() if keyword != replaced}}
    checked = [*inner.get(RULES, ()), *outer.get(RULES, ())]
    return {**merged, RULES: checked} if checked else merged


def _object(node: Schema, definitions: dict[str, Schema], where: str) -> Schema:
    values = node.get("additionalProperties")
    if values is True:
        return {ANYTHING: True}
    if isinstance(values, dict):
        return {"additionalProperties": _rewritten(values, definitions, f"{where}{{}}")}
    if not node.get("properties"):
        return {}
    required = node.get("required", [])
    properties = {}
    for name, field in node["properties"].items():
        properties[name] = _rewritten(field, definitions, f"{where}.{name}")
        # Only fields with a default factory are neither required nor have a default.
        if "default" not in field and name not in required and _has_defaults(properties[name]):
            properties[name]["default"] = {}
    return {"properties": properties, **({"required": required} if required else {})}


def _has_defaults(schema: Schema) -> bool:
    """Return whether omitting an object would lose the defaults of its fields."""
    return any("default" in field for field in schema.get("properties", {}).values())


def _item(node: Schema, where: str) -> Schema:
    if "prefixItems" not in node:
        return dict(node["items"])
    first, *others = node["prefixItems"]
    if any(other != first for other in others):
        raise NotStructuralError(f"{where}: a tuple of different types")
    return dict(first)


def _pattern_rule(node: Schema, where: str) -> list[Schema]:
    """Check a pattern with a rule, because only a rule can have a message."""
    if "pattern" not in node:
        return []
    if PATTERN_MESSAGE not in node:
        raise NotStructuralError(f"{where}: a pattern without a message; see ifcjob.cel_rules.pattern_message")
    text = "string(self)" if node.get(INT_OR_STRING) else "self"
    pattern = node["pattern"].replace("\\", "\\\\")
    return [{"rule": f"{text}.matches('{pattern}')", "message": node[PATTERN_MESSAGE]}]


def _minimum_rule(node: Schema) -> list[Schema]:
    """Check a fractional minimum with a rule: the API server rounds it down for whole numbers."""
    minimum = node.get("minimum", 0)
    if node.get("type") != "number" or minimum == int(minimum):
        return []
    return [{"rule": f"self >= {minimum}", "message": f"must be at least {minimum}"}]
