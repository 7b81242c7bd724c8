"""The CEL rules of our CRDs, evaluated without CEL: they have few forms, and a test finds a rule of another form."""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from ifcjob.cel_rules import RULES
from ifcjob.quantity import amount

Schema = dict[str, Any]
Holds = Callable[[Any, Any], bool]
"""Takes `self` and `oldSelf`, which is None at a creation."""

_NUMBER = r"[0-9]+(\.[0-9]+)?"
_QUANTITY = re.compile(rf"{_NUMBER}(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?")
_NAME = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)")
_PREFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


class UnknownRule(Exception):
    """A rule has a form that this module does not know."""


def broken_rules(schema: Schema, value: Any, before: Any) -> Iterator[tuple[str, str]]:
    """Yield path and message of each rule that a value breaks; `before` is the former value, if any."""
    yield from _broken(schema, value, before, "")


def _broken(schema: Schema, value: Any, before: Any, path: str) -> Iterator[tuple[str, str]]:
    for rule in schema.get(RULES, ()):
        if ("oldSelf" not in rule["rule"] or before is not None) and not predicate(rule["rule"])(value, before):
            yield f"{path}{rule.get('fieldPath', '')}".removeprefix("."), rule["message"]
    if isinstance(value, dict):
        fields, others = schema.get("properties", {}), schema.get("additionalProperties") or {}
        for name, part in value.items():
            former = before.get(name) if isinstance(before, dict) else None
            yield from _broken(fields.get(name, others), part, former, f"{path}.{name}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _broken(schema.get("items", {}), part, None, f"{path}[{index}]")


@cache
def predicate(rule: str) -> Holds:
    """Return a rule as a function; UnknownRule for a form that is not known."""
    for form, make in _FORMS:
        if match := re.fullmatch(form, rule):
            return make(match)
    raise UnknownRule(rule)


def _matches(match: re.Match[str]) -> Holds:
    pattern = re.compile(match["re"].replace("\\\\", "\\"))
    return lambda value, _: pattern.search(str(value)) is not None


def _no_key_matches(match: re.Match[str]) -> Holds:
    pattern = re.compile(match["re"].replace("\\\\", "\\"))
    return lambda value, _: not any(pattern.search(key) for key in value)


def _is_unchanged(match: re.Match[str]) -> Holds:
    name = match["name"]
    former = dict(re.findall(rf"oldSelf\.{name}\.(\w+) == '(\w+)'", match["former"] or ""))

    def holds(value: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
        is_dropped = bool(former) and name not in value and before.get(name) == former
        return value.get(name) == before.get(name) or is_dropped

    return holds


def _has_one(match: re.Match[str]) -> Holds:
    names = re.findall(r"self\.(\w+)", match[0])
    return lambda value, _: sum(name in value for name in names) == 1


def _is_between(match: re.Match[str]) -> Holds:
    low, high = amount(match["low"]), amount(match["high"])
    return lambda value, _: _QUANTITY.fullmatch(str(value)) is None or low <= amount(str(value)) <= high


def _maximum_is_not_less(_: re.Match[str]) -> Holds:
    def holds(value: Mapping[str, Any], _: Any) -> bool:
        sizes = [str(value.get(name, "")) for name in ("memory", "maxMemory")]
        return any(_QUANTITY.fullmatch(size) is None for size in sizes) or amount(sizes[0]) <= amount(sizes[1])

    return holds


def _is_qualified(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return _NAME.fullmatch(name) is not None and (not slash or _PREFIX.fullmatch(prefix) is not None)


def _name_fits(match: re.Match[str]) -> Holds:
    pattern = re.compile(match["re"]) if match["re"] else None

    def holds(value: Mapping[str, Any], _: Any) -> bool:
        name = value["metadata"]["name"]
        return len(name) <= int(match["most"]) and (pattern is None or pattern.search(name) is not None)

    return holds


def _climbs(path: str) -> bool:
    return "/../" in f"/{path}/"


_FORMS: tuple[tuple[str, Callable[[re.Match[str]], Holds]], ...] = (
    (r"(self|string\(self\))\.matches\('(?P<re>.*)'\)", _matches),
    (
        r"self\.metadata\.name\.size\(\) <= (?P<most>\d+)( && self\.metadata\.name\.matches\('(?P<re>.*)'\))?",
        _name_fits,
    ),
    (
        r"has\(self\.(?P<name>\w+)\) \? has\(oldSelf\.(?P=name)\) && .* : !has\(oldSelf\.\w+\)( \|\| (?P<former>.*))?",
        _is_unchanged,
    ),
    (r"\[(has\(self\.\w+\)(, )?)+\]\.exists_one\(given, given\)", _has_one),
    (r"self >= (?P<least>[0-9.]+)", lambda match: lambda value, _: value >= float(match["least"])),
    (r"self \|\| !oldSelf", lambda _: lambda value, before: value or not before),
    (r"!\('/' \+ self \+ '/'\)\.contains\('/\.\./'\)", lambda _: lambda value, _: not _climbs(value)),
    (
        r"!self\.startsWith\('/'\) && !\('/' \+ self \+ '/'\)\.contains\('/\.\./'\)",
        lambda _: lambda value, _: not value.startswith("/") and not _climbs(value),
    ),
    (r"!self\.startsWith\('(?P<start>[^']+)'\)", lambda match: lambda value, _: not value.startswith(match["start"])),
    (
        r"\(self\.(?P<a>\w+) == '(?P<is>\w+)'\) == has\(self\.(?P<b>\w+)\)",
        lambda match: lambda value, _: (value.get(match["a"]) == match["is"]) == (match["b"] in value),
    ),
    (
        r"!isQuantity\(string\(self\)\) \|\| .*\('(?P<low>\w+)'\)\) >= 0 && .*\('(?P<high>\w+)'\)\) <= 0\)",
        _is_between,
    ),
    (r"!has\(self\.maxMemory\) \|\| .*quantity\(string\(self\.memory\)\)\) >= 0", _maximum_is_not_less),
    (
        r"self\.all\(key, !format\.qualifiedName\(\)\.validate\(key\)\.hasValue\(\)\)",
        lambda _: lambda value, _: all(_is_qualified(key) for key in value),
    ),
    (
        r"!has\(self\.(?P<a>\w+)\) \|\| !has\(self\.\w+\.(?P<b>\w+)\) \|\| !\('(?P<is>\w+)' in self\..*\)",
        lambda match: lambda value, _: match["is"] not in (value.get(match["a"]) or {}).get(match["b"], ()),
    ),
    (r"self\.all\(key, !key\.matches\('(?P<re>.*)'\)\)", _no_key_matches),
)
