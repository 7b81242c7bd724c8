"""From the command line to a run request: which options belong to which field, and what makes no sense together."""

import argparse
from collections.abc import Iterator
from pathlib import Path
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
    "source.sha_256": "--sha256",  # what to_snake makes of it
}
"""Options that are not called like the last part of their field."""


def request_for(arguments: argparse.Namespace, source: dict[str, str], folder: Path) -> RunRequest:
    """Return the request to run one source as the command line says; raises InvalidRequest."""
    given = {name: value for name, value in vars(arguments).items() if "." in name}
    operations = _operations(getattr(arguments, "only", []))
    _refuse_idle(given, operations)
    fields: dict[str, Any] = {"source": dict(source), "output": {"folder": str(folder)}}
    fields["operations"] = {to_snake(name): {} for name in operations}
    for name, value in _with_origin(given).items():
        *parents, last = name.split(".")
        place = fields
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    try:
        return RunRequest.model_validate(fields)
    except ValidationError as error:
        raise RunFailure(FailureReason.INVALID_REQUEST, "; ".join(_complaints(error))) from None


def description_of(name: str) -> str:
    """Return the sentence a request field is documented with."""
    return (_field(name).description or "").replace("`", "")


def default_of(name: str) -> str:
    """Return the default of a request field as the command line writes it, or nothing when there is no single one."""
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
        kind = next(each for each in choices if isinstance(each, type) and issubclass(each, BaseModel))
    return kind.model_fields[last]


def flag_of(name: str) -> str:
    """Return the option that sets a request field."""
    return _FLAGS.get(name) or "--" + name.rpartition(".")[2].replace("_", "-")


def _operations(only: list[str]) -> list[str]:
    unknown = [name for name in only if name not in OPERATION_NAMES]
    if unknown:
        raise RunFailure(
            FailureReason.INVALID_REQUEST,
            f"--only: there is no operation {', '.join(unknown)}",
            hint=f"The operations are {', '.join(OPERATION_NAMES)}.",
        )
    return list(only) or list(OPERATION_NAMES)


def _refuse_idle(given: dict[str, Any], operations: list[str]) -> None:
    """Refuse options that would change nothing."""
    for name in given:
        parents = name.split(".")
        needed = parents[1] if parents[0] == "operations" else "gltf" if parents[0] == "coverage" else None
        if needed and needed not in operations:
            raise RunFailure(
                FailureReason.INVALID_REQUEST,
                f"{flag_of(name)} needs the operation {needed}, which --only leaves out",
                hint=f"Add {needed} to --only, or drop {flag_of(name)}.",
            )
    if "coverage.on_shortfall" in given and "coverage.minimum" not in given:
        raise RunFailure(
            FailureReason.INVALID_REQUEST,
            "--on-shortfall needs --coverage-minimum: without a minimum nothing falls short",
            hint="Add --coverage-minimum 1 to demand every element.",
        )


def _with_origin(given: dict[str, Any]) -> dict[str, Any]:
    """Split `--origin X,Y,Z` into the two fields it stands for."""
    origin = given.get("operations.gltf.origin", "")
    if "," not in origin:
        if origin == "explicit":
            raise RunFailure(FailureReason.INVALID_REQUEST, "--origin: write the point itself, such as 100,200,0")
        return given
    return given | {"operations.gltf.origin": "explicit", "operations.gltf.origin_offset": origin.split(",")}


def _complaints(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        path = [to_snake(part) for part in problem["loc"] if isinstance(part, str)]
        message = problem["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
        must = "must be " if message != problem["msg"] and problem["type"] != "value_error" else ""
        yield f"{flag_of('.'.join(path))}: {must}{message}, not {problem['input']!r}"
