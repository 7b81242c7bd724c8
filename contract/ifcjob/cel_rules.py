"""Rules of the custom resources that types cannot say; the API server checks them, and each says what to do instead."""

from pydantic.config import JsonDict

RULES = "x-kubernetes-validations"
PATTERN_MESSAGE = "x-ifcjob-pattern-message"
"""Beside a `pattern`: what to say when text does not match. The API server's own message shows only the pattern."""


def rule(cel: str, message: str, *, path: str | None = None) -> JsonDict:
    """Return one rule in the Common Expression Language; `path` names the field below `self` that it is about."""
    return {"rule": cel, "message": message, **({"fieldPath": path} if path else {})}


def rules(*checked: JsonDict) -> JsonDict:
    """Attach rules to a type or a field: pass it as `json_schema_extra`."""
    return {RULES: list(checked)}


def says(message: str) -> JsonDict:
    """Attach to a field with a pattern what to say when text does not match: pass it as `json_schema_extra`."""
    return {PATTERN_MESSAGE: message}


def exactly_one_of(what: str, *names: str) -> JsonDict:
    """Demand one of several optional fields, neither none nor two."""
    given = ", ".join(f"has(self.{name})" for name in names)
    listed = " and ".join((", ".join(names[:-1]), names[-1]))
    return rules(rule(f"[{given}].exists_one(given, given)", f"{what} needs exactly one of {listed}"))


def list_map(key: str) -> JsonDict:
    """Let writers of a list own single entries of it, told apart by a required field."""
    return {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key]}
