"""Contract types as Markdown: a section with a table of fields per type, for a type and all types that it contains."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from ifcjob.reference.schemas import json_schema

Schema = dict[str, Any]

_LINKED_ELSEWHERE = {"FailureReason": "[FailureReason](failure-reasons.md)"}
_ESCAPES = str.maketrans({"|": r"\|", "\n": " "})


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a Markdown table; cells need no escaping."""
    head = list(head)
    lines = [head, ["---"] * len(head), *([cell.translate(_ESCAPES) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def type_sections(document: type[BaseModel], *, level: int, known: set[str], defaults: bool = False) -> str:
    """Describe a document and the types that it contains, each once per page; `known` collects their names."""
    schema = json_schema(document)
    definitions: dict[str, Schema] = {document.__name__: schema, **schema.get("$defs", {})}
    sections = []
    for name in _in_reading_order(document.__name__, definitions):
        definition = definitions[name]
        if name in known or not definition.get("properties"):
            continue
        known.add(name)
        fields = _field_table(definition, definitions, defaults=defaults)
        sections.append(f"{'#' * level} {name}\n\n{_sentence(definition)}\n\n{fields}")
    return "\n\n".join(sections)


def _field_table(definition: Schema, definitions: dict[str, Schema], *, defaults: bool) -> str:
    required = set(definition.get("required", ()))
    rows = []
    for name, field in definition["properties"].items():
        row = [f"`{name}`", type_phrase(field, definitions)]
        if defaults:
            row.append(_default(field, required=name in required))
        elif name not in required and field.get("default") is None and "default" in field:
            row[1] += ", may be missing or null"
        elif name in required and {"type": "null"} in field.get("anyOf", []):
            row[1] += " or null"
        rows.append([*row, _sentence(field) or _sentence(definitions.get(_name(field), {}))])
    return table(["field", "type", "default", "description"] if defaults else ["field", "type", "description"], rows)


def type_phrase(field: Schema, definitions: dict[str, Schema]) -> str:
    """Return a field's type in words: `list of up to 3: one of csv, xlsx`."""
    if "$ref" in field:
        return _reference(_name(field), definitions)
    if "anyOf" in field:
        return " or ".join(
            type_phrase(option, definitions) for option in field["anyOf"] if option.get("type") != "null"
        )
    if "const" in field:
        return f"`{field['const']}`"
    if "enum" in field:
        return "one of " + ", ".join(f"`{value}`" for value in field["enum"])
    if "prefixItems" in field:
        return f"`[{', '.join(type_phrase(item, definitions) for item in field['prefixItems'])}]`"
    if field.get("type") == "array":
        return f"list of {_up_to(field, 'maxItems')}{type_phrase(field.get('items', {}), definitions)}"
    if isinstance(field.get("additionalProperties"), dict):
        return f"map of {_up_to(field, 'maxProperties')}{type_phrase(field['additionalProperties'], definitions)}"
    return f"{field.get('type', 'any')}{_limits(field)}"


def _reference(name: str, definitions: dict[str, Schema]) -> str:
    definition = definitions[name]
    if name in _LINKED_ELSEWHERE:
        return _LINKED_ELSEWHERE[name]
    if "enum" in definition:
        return type_phrase(definition, definitions)
    if not definition.get("properties"):
        return "empty object"
    return f"[{name}](#{name.lower()})"


def _limits(field: Schema) -> str:
    if "minimum" in field and "maximum" in field:
        return f", {field['minimum']} to {field['maximum']}"
    if "minimum" in field:
        return f", at least {field['minimum']}"
    if "pattern" in field:
        return f" matching `{field['pattern']}`"
    return _at_most(field, "maxLength", " characters")


def _at_most(field: Schema, keyword: str, unit: str = "") -> str:
    return f", at most {field[keyword]}{unit}" if keyword in field else ""


def _up_to(field: Schema, keyword: str) -> str:
    if keyword not in field:
        return ""
    is_exact = field.get("minItems") == field[keyword]
    return f"{field[keyword]}: " if is_exact else f"up to {field[keyword]}: "


def _default(field: Schema, *, required: bool) -> str:
    if required:
        return "required"
    if "default" not in field:
        # Only default factories have none in the schema; an empty object or list of the type.
        return "empty" if field.get("type") in ("array", "object") else "all defaults"
    default = field["default"]
    return "unset" if default is None else f"`{default}`"


def _name(reference: Schema) -> str:
    return str(reference.get("$ref", "")).rsplit("/", 1)[-1]


def _sentence(schema: Schema) -> str:
    return str(schema.get("description", "")).strip()


def _in_reading_order(first: str, definitions: dict[str, Schema]) -> list[str]:
    """Return the types breadth first, the order in which a reader meets them."""
    order = [first]
    for name in order:
        for reference in _references(definitions[name].get("properties", {})):
            if reference not in order:
                order.append(reference)
    return order


def _references(node: object) -> Iterable[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield _name(node)
        node = list(node.values())
    if isinstance(node, list):
        for part in node:
            yield from _references(part)
