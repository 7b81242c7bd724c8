"""Conditions on properties, such as `Pset_DoorCommon.FireRating<90`: their syntax, and what they select.

User text reaches DuckDB as parameters only; the SQL consists of the constants in this package.
"""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal, cast

from ifcjob.http.problems import FieldProblem
from ifcjob_api.models.filtering.units import in_units_alike
from ifcjob_api.problems import Problem

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "contains", "exists"]

MAX_CONDITIONS = 8
MAX_DOTS = 8
_TOLERANCE = 1e-9
"""Relative: 0.1 + 0.2 is 0.3, and 900 mm are 0.9 m."""
_PLACEHOLDER = re.compile(r"\$(p\d+)")
_CONDITION = re.compile(
    r"(?P<path>[^\x00]+?)\s*(?:(?P<symbol><=|>=|!=|=|<|>)|\s(?P<word>contains|exists)(?:\s|$))\s*(?P<operand>.*)",
    re.DOTALL,
)
_QUANTITY = re.compile(
    r"(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*"
    r"(?P<unit>[^\W\d_][\w²³/·()%^]{0,31}|[°%Ω][\w]{0,3})?"
)
FIRST_NUMBER = r"^[-+]?\d+(?:[.,]\d+)?|\d+(?:[.,]\d+)?"
"""The first number in a text; a sign counts at its beginning only, because `EI-60` is not negative."""
_HELP = "write [Set.]Name, then =, !=, <, <=, >, >= or contains with a value, or exists: Pset_DoorCommon.FireRating<90"


class Parameters:
    """The values of one statement, by the names that stand for them in the SQL."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def add(self, value: Any) -> str:
        """Take a value and return its placeholder."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def used_in(self, sql: str) -> dict[str, Any]:
        """Return the values whose placeholders a statement has; DuckDB refuses others."""
        return {name: self.values[name] for name in _PLACEHOLDER.findall(sql)}

    def any_of(self, values: Iterable[Any]) -> str:
        """Take several values and return a list of placeholders for IN."""
        return f"({', '.join(self.add(value) for value in values)})"


@dataclass(frozen=True)
class Condition:
    """One condition on a property."""

    text: str
    """As the user wrote it."""
    path: str
    """`Set.Name` or `Name`."""
    operator: Operator
    operand: str = ""
    number: float | None = None
    """The operand, if it is a number."""
    unit: str = ""
    """The unit of that number."""

    def sql(self, parameters: Parameters) -> str:
        """Return the condition on a row of properties.parquet."""
        return f"{path_sql(self.path, parameters)} AND {self._value_sql(parameters)}"

    def _value_sql(self, parameters: Parameters) -> str:
        match self.operator:
            case "exists":
                return "value IS NOT NULL"
            case "contains":
                return f"contains(lower(value), lower({parameters.add(self.operand)}))"
            case "=":
                return f"({self._equals(parameters)})"
            case "!=":
                return f"(value IS NOT NULL AND NOT coalesce({self._equals(parameters)}, false))"
            case _:
                return self._compares(parameters)

    def _equals(self, parameters: Parameters) -> str:
        same_text = f"lower(value) = lower({parameters.add(self.operand)})"
        if self.number is None:
            return same_text

        def is_near(number: float) -> str:
            return f"abs(number - {parameters.add(number)}) <= {parameters.add(_slack(number))}"

        return f"{same_text} OR {self._in_each_unit(is_near, parameters)}"

    def _compares(self, parameters: Parameters) -> str:
        pattern = parameters.add(FIRST_NUMBER)
        text = f"try_cast(replace(regexp_extract(value, {pattern}), ',', '.') AS DOUBLE)"
        value = "number" if self.unit else f"coalesce(number, {text})"
        inclusive = self.operator.endswith("=")
        sign = 1 if inclusive == self.operator.startswith("<") else -1

        def compares(number: float) -> str:
            return f"{value} {self.operator} {parameters.add(number + sign * _slack(number))}"

        return self._in_each_unit(compares, parameters)

    def _in_each_unit(self, test: Callable[[float], str], parameters: Parameters) -> str:
        """Return a test of the number in the unit of the row, or as it is without a unit."""
        assert self.number is not None
        if not self.unit:
            return f"({test(self.number)})"
        alike = in_units_alike(self.number, self.unit)
        # Not alternatives with OR: a row leaves a CASE at its unit, and most are in the first.
        cases = [f"WHEN {parameters.add(unit)} THEN {test(number)}" for unit, number in alike.items()]
        return f"(CASE unit {' '.join(cases)} ELSE false END)"


def path_sql(path: str, parameters: Parameters) -> str:
    """Return the condition that a row is the property `Set.Name` or `Name`; both may contain dots."""
    dots = [place for place, letter in enumerate(path) if letter == "." and 0 < place < len(path) - 1]
    pairs = [(path[:dot], path[dot + 1 :]) for dot in dots]
    # The names alone first: DuckDB skips row groups and dictionaries by them.
    names = f"name IN {parameters.any_of([path, *(name for _, name in pairs)])}"
    exact = [f"(set_name = {parameters.add(set_name)} AND name = {parameters.add(name)})" for set_name, name in pairs]
    return f"{names} AND ({' OR '.join([f'name = {parameters.add(path)}', *exact])})" if exact else names


def check_path(path: str, parameter: str) -> str:
    """Return a property's path; a Problem for one that no file has."""
    if not path or len(path) > 512 or "\0" in path or path.count(".") > MAX_DOTS:
        raise _invalid(parameter, f"{path[:80]!r} is not the name of a property: write Set.Name or Name.")
    return path


def parse_conditions(texts: Iterable[str]) -> tuple[Condition, ...]:
    """Parse the `property` parameters of a request; a Problem for a text that is not a condition."""
    return tuple(parse_condition(text) for text in texts)


def parse_condition(text: str) -> Condition:
    """Parse one condition."""
    parts = _CONDITION.fullmatch(text.strip())
    if parts is None:
        raise _invalid("property", f"{text[:80]!r} is not a condition: {_HELP}.")
    path = check_path(parts["path"].strip(), "property")
    operator = cast("Operator", parts["symbol"] or parts["word"])
    operand = parts["operand"].strip()
    if operator == "exists":
        if operand:
            raise _invalid("property", f"exists takes no value, but {operand[:80]!r} follows: {_HELP}.")
        return Condition(text, path, operator)
    if operator == "contains" or operator in ("=", "!="):
        return Condition(text, path, operator, operand, *_quantity(operand))
    number, unit = _quantity(operand)
    if number is None:
        raise _invalid("property", f"{operator} compares numbers, but {operand[:80]!r} is not one: {_HELP}.")
    return Condition(text, path, operator, operand, number, unit)


def _quantity(operand: str) -> tuple[float | None, str]:
    parts = _QUANTITY.fullmatch(operand)
    if parts is None or not math.isfinite(number := float(parts["number"])):
        return None, ""
    return number, (parts["unit"] or "").strip()


def _slack(number: float) -> float:
    return abs(number) * _TOLERANCE


def _invalid(parameter: str, detail: str) -> Problem:
    error = FieldProblem(pointer=parameter, detail=detail)
    return Problem(422, "InvalidCondition", detail, errors=[error])
