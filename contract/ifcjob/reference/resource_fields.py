"""Structural schemas as Markdown: a heading per field of a spec, with a table of all fields below it."""

from collections.abc import Iterable, Iterator

from ifcjob.cel_rules import RULES
from ifcjob.conditions import ConditionRow
from ifcjob.crd.structural import ANYTHING, INT_OR_STRING, Schema
from ifcjob.failures import FailureReason
from ifcjob.reference.fields import table, type_phrase


def spec_sections(spec: Schema, changeable: Iterable[str] | None = None) -> str:
    """Return one section per field; `changeable` names the mutable fields, None means all."""
    return "\n\n".join(
        _section(name, field, required=name in spec.get("required", ()), fixed=_is_fixed(name, changeable))
        for name, field in spec["properties"].items()
    )


def status_table(status: Schema) -> str:
    """Return the fields of a status as one table."""
    return table(
        ["field", "type", "description"],
        ([f"`{path}`", _phrase(field), field["description"]] for path, field, _ in _below(status, "")),
    )


def condition_sections(conditions: dict[str, tuple[ConditionRow, ...]], links: dict[str, str]) -> str:
    """Return one section per condition, with all its states."""
    return "\n\n".join(
        f"#### {name}\n\n"
        + table(
            ["type", "status", "reason", "meaning"],
            ([f"`{name}`", f"`{row.status}`", links.get(row.reason, f"`{row.reason}`"), row.meaning] for row in rows),
        )
        for name, rows in conditions.items()
    )


def _is_fixed(name: str, changeable: Iterable[str] | None) -> bool:
    return changeable is not None and name not in changeable


def _section(name: str, field: Schema, *, required: bool, fixed: bool) -> str:
    default = _default(field, required=required)
    default = f"default {default}" if "`" in default else default
    facts = [_phrase(field), default, "fixed once created" if fixed else "may change later"]
    summary = "; ".join(fact for fact in facts if fact)
    parts = [f"### {name}", field["description"], f"{summary[0].upper()}{summary[1:]}."]
    below = list(_below(field, name))
    if below:
        rows = (
            [f"`{path}`", _phrase(part), _default(part, required=needed), part["description"]]
            for path, part, needed in below
        )
        parts.append(table(["field", "type", "default", "description"], rows))
    refused = [*_refused(name, field), *(line for path, part, _ in below for line in _refused(path, part))]
    if refused:
        parts.append("Rules:\n\n" + "\n".join(refused))
    return "\n\n".join(parts)


def _below(schema: Schema, where: str) -> Iterator[tuple[str, Schema, bool]]:
    """Yield the fields below a field, each with whether it is required."""
    items = schema.get("items", {})
    inside, mark = (items, "[]") if "properties" in items else (schema, "")
    for name, field in inside.get("properties", {}).items():
        path = f"{where}{mark}.{name}" if where else name
        yield path, field, name in inside.get("required", ())
        yield from _below(field, path)


def _phrase(field: Schema) -> str:
    if INT_OR_STRING in field:
        return "quantity"
    if field.get("format") == "date-time":
        return "time"
    if field.get("enum") == list(FailureReason):
        return "a [failure reason](failure-reasons.md)"
    if ANYTHING in field.get("items", {}):
        return f"list of up to {field['maxItems']}: object"
    return type_phrase(field, {})


def _default(field: Schema, *, required: bool) -> str:
    if required:
        return "required"
    default = field.get("default")
    return "" if default in (None, {}) else f"`{str(default).lower() if default is False else default}`"


def _refused(path: str, field: Schema) -> Iterator[str]:
    # That of a bound is in the type's column already.
    bound = f"self >= {field.get('minimum')}"
    for rule in (*field.get(RULES, ()), *field.get("additionalProperties", {}).get(RULES, ())):
        if rule["rule"] != bound:
            yield f"- `{path}{rule.get('fieldPath', '')}`: {rule['message']}"
