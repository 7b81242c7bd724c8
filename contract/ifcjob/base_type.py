"""The base class of all contract types: camelCase in JSON, snake_case in Python, docstrings as descriptions."""

import os
import sys
from types import ModuleType
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

BARE = "IFCJOB_BARE_TYPES"
"""Environment variable: a program that needs no descriptions of fields and no plugins of pydantic sets it first."""


def _leave_out_plugins() -> None:
    """Have pydantic look for no plugins.

    It would search all installed packages for them, with importlib.metadata: a fifth of the start of a run.
    """
    loader = ModuleType("pydantic.plugin._loader")
    loader.__dict__["get_plugins"] = tuple
    sys.modules.setdefault(loader.__name__, loader)


if BARE in os.environ:
    _leave_out_plugins()


class ContractType(BaseModel):
    """A type that is exchanged between processes as JSON."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        # Pydantic reads the source code for them. A run does not need them and starts 10 % faster without them.
        use_attribute_docstrings=BARE not in os.environ,
        # A newer peer may send fields that this release does not know: ignore them.
        extra="ignore",
        ser_json_inf_nan="null",
        # Build schemas on first use: a run uses few of them, and building all slows its start.
        defer_build=True,
    )

    def to_json(self) -> str:
        """Return compact JSON with camelCase names and without unset optional values."""
        return self.model_dump_json(by_alias=True, exclude_none=True)


class Problem(NamedTuple):
    """One problem of a validation."""

    path: str
    """The field, such as `spec.source`; empty for the whole document."""
    message: str
    is_missing: bool


def first_problem(error: ValidationError) -> Problem:
    """Return the first problem of a failed validation."""
    first = error.errors(include_url=False)[0]
    path = ".".join(str(part) for part in first["loc"])
    return Problem(path, first["msg"].removeprefix("Value error, "), first["type"] == "missing")
