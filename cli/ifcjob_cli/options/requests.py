"""Conversion of the command line into a run request, with checks of options that contradict each other."""

import argparse
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.alias_generators import to_snake
from pydantic.fields import FieldInfo

from ifcjob.failures import FailureReason, RunFailure
from ifcjob.options import OPERATION_NAMES
from ifcjob.request import RunRequest

_FLAGS = {
    "limits.memory_bytes": "--memory-limit",
    "limits.deadline_seconds": "--deadline",
    "operations.gltf.element_deadline_seconds": "--element-deadline",
    "operations.gltf.origin_offset": "--origin",
    "coverage.minimum": "--coverage-minimum",
    "source.sha_256": "--sha256",  # the result of to_snake
}
"""Options whose name differs from the last part of their field."""


def request_for(arguments: argparse.Namespace, source: dict[str, str]) -> RunRequest:
    """Return the run request for one source; its output is the current folder. Raises InvalidRequest."""
    options = {name: value for name, value in vars(arguments).items() if "." in name}
    operations = _operations(getattr(arguments, "only", []))
    _reject_unused(options, operations)
    fields: dict[str, Any] = {"source": dict(source), "output": {"folder": "."}}
    fields["operations"] = {to_snake(name): {} for name in operations}
    for name, value in _with_origin(options).items():
        *parents, last = name.split(".")
        place = fields
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    try:
        return RunRequest.model_validate(fields)
    except ValidationError as error:
        raise RunFailure(FailureReason.INVALID_REQUEST, "; ".join(_problems(error))) from None


def description_of(name: str) -> str:
    """Return the description of a request field."""
    return (_field(name).description or "").replace("`", "")


def default_of(name: str) -> str:
    """Return the default of a request field as written on the command line; empty if it has none."""
    default = _field(name).default
    if name.endswith("_bytes") and isinstance(default, int):
        return f"{default / 2**30:g}Gi"
    if isinstance(default, float):
        return f"{default:g}" + ("s" if name.endswith("_seconds") else "")
    return default if isinstance(default, str) else ""


def _field(name: str) -> FieldInfo:
    kind: type[BaseModel] = RunRequest
    *parents, last = name.split(".")
    for parent in parents:
        annotation = kind.model_fields[parent].annotation
        choices = (annotation, *get_args(annotation))
        kind = next(choice for choice in choices if isinstance(choice, type) and issubclass(choice, BaseModel))
    return kind.model_fields[last]


def flag_of(name: str) -> str:
    """Return the option that sets a request field."""
    return _FLAGS.get(name) or "--" + name.rpartition(".")[2].replace("_", "-")


def _operations(only: list[str]) -> list[str]:
    unknown = [name for name in only if name not in OPERATION_NAMES]
    if unknown:
        raise RunFailure(
            FailureReason.INVALID_REQUEST,
            f"--only: unknown operation {', '.join(unknown)}",
            hint=f"The operations are {', '.join(OPERATION_NAMES)}.",
        )
    return list(only) or list(OPERATION_NAMES)


def _reject_unused(options: dict[str, Any], operations: list[str]) -> None:
    """Reject options that would have no effect."""
    for name in options:
        parents = name.split(".")
        needed = parents[1] if parents[0] == "operations" else "gltf" if parents[0] == "coverage" else None
        if needed and needed not in operations:
            raise RunFailure(
                FailureReason.INVALID_REQUEST,
                f"{flag_of(name)} needs the operation {needed}, which --only excludes",
                hint=f"Add {needed} to --only, or drop {flag_of(name)}.",
            )
    if "coverage.on_shortfall" in options and "coverage.minimum" not in options:
        raise RunFailure(
            FailureReason.INVALID_REQUEST,
            "--on-shortfall needs --coverage-minimum: without a minimum there is no shortfall",
            hint="Add --coverage-minimum 1 to require all elements.",
        )


def _with_origin(options: dict[str, Any]) -> dict[str, Any]:
    """Split `--origin X,Y,Z` into its two fields."""
    origin = options.get("operations.gltf.origin", "")
    if "," not in origin:
        if origin == "explicit":
            raise RunFailure(
                FailureReason.INVALID_REQUEST, "--origin: write the coordinates of the point, such as 100,200,0"
            )
        return options
    if origin.count(",") != 2:
        raise RunFailure(
            FailureReason.INVALID_REQUEST, f"--origin: write three coordinates, such as 100,200,0, not {origin!r}"
        )
    return options | {"operations.gltf.origin": "explicit", "operations.gltf.origin_offset": origin.split(",")}


def _problems(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        if problem["loc"][-1] == "sha256":
            yield f"--sha256: must be 64 hexadecimal digits, not {problem['input']!r}"
            continue
        path = [to_snake(part) for part in problem["loc"] if isinstance(part, str)]
        message = problem["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        must = "must be " if message != problem["msg"] and problem["type"] != "value_error" else ""
        yield f"{flag_of('.'.join(path))}: {must}{message}, not {problem['input']!r}"
