"""Checks of a structural schema: all fields have descriptions, and everything that can grow has a bound."""

from collections.abc import Iterator

from ifcjob.crd.structural import INT_OR_STRING, Schema


def fields_without_description(schema: Schema, where: str) -> Iterator[str]:
    """Return the fields without a description for `kubectl explain`."""
    for path, field in _below(schema, where):
        if not field.get("description") and not path.endswith(("[]", "{}")):
            yield path


def unbounded_fields(schema: Schema, where: str) -> Iterator[str]:
    """Return the fields without an upper bound; the API server estimates the cost of rules for the worst case."""
    for path, field in _below(schema, where):
        keyword = _bound_of(field)
        if keyword and keyword not in field:
            yield f"{path} ({keyword})"


def _bound_of(field: Schema) -> str | None:
    if field.get("type") == "array":
        return "maxItems"
    if field.get("type") == "object" and "properties" not in field:
        return "maxProperties" if len(field.keys() - {"type", "description", "default"}) else None
    is_text = field.get("type") == "string" and "enum" not in field and field.get("format") != "date-time"
    return "maxLength" if is_text or INT_OR_STRING in field else None


def _below(schema: Schema, where: str) -> Iterator[tuple[str, Schema]]:
    parts = {f"{where}.{name}": field for name, field in schema.get("properties", {}).items()}
    if "items" in schema:
        parts[f"{where}[]"] = schema["items"]
    if "additionalProperties" in schema:
        parts[f"{where}{{}}"] = schema["additionalProperties"]
    for path, part in parts.items():
        yield path, part
        yield from _below(part, path)
