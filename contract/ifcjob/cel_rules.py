"""CEL validation rules of the custom resources; each has a message that says what to write instead."""

from pydantic.config import JsonDict

RULES = "x-kubernetes-validations"
PATTERN_MESSAGE = "x-ifcjob-pattern-message"
"""Beside a `pattern`: the message for text that does not match. The API server's own message shows only the pattern."""


def rule(cel: str, message: str, *, path: str | None = None) -> JsonDict:
    """Return one rule in the Common Expression Language; `path` names the field below `self` that it is about."""
    return {"rule": cel, "message": message, **({"fieldPath": path} if path else {})}


def rules(*cel_rules: JsonDict) -> JsonDict:
    """Attach rules to a type or a field: pass the result as `json_schema_extra`."""
    return {RULES: list(cel_rules)}


def pattern_message(message: str) -> JsonDict:
    """Attach a message to a field with a pattern, for text that does not match: pass it as `json_schema_extra`."""
    return {PATTERN_MESSAGE: message}


def exactly_one_of(field: str, *names: str) -> JsonDict:
    """Require exactly one of several optional fields."""
    given = ", ".join(f"has(self.{name})" for name in names)
    listed = " and ".join((", ".join(names[:-1]), names[-1]))
    return rules(rule(f"[{given}].exists_one(given, given)", f"{field} needs exactly one of {listed}"))


def list_map(key: str) -> JsonDict:
    """Make a list a map keyed by a required field, so that server-side apply can own single entries."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}
