"""Reads settings from the environment; an invalid one is refused with one line that says what to do."""

import os
import re
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from ifcjob.base_type import first_problem

Settings = TypeVar("Settings", bound=BaseSettings)
_LINK = re.compile("(tcp|udp|sctp)://.*")
_LINK_NAME = r"([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_[A-Z]+)?)"
"""Variables that Kubernetes sets in every pod for a Service whose name begins with the settings' prefix."""


class InvalidSettings(Exception):
    """A setting is invalid; the message is one line that names it and says what to do."""


def read_environment(kind: type[Settings], page: str) -> Settings:
    """Read the environment; InvalidSettings for the first variable that is unknown or has no value of its type.

    `page` is the page that lists all settings.
    """
    prefix = kind.model_config.get("env_prefix", "")
    known = {variable(kind, name) for name in kind.model_fields}
    for name in sorted(os.environ):
        if name.startswith(prefix) and name not in known and not _is_link_variable(prefix, name):
            raise InvalidSettings(f"{name} is not a setting: {page} lists all")
    try:
        settings = kind()
    except ValidationError as error:
        problem = first_problem(error)
        name = variable(kind, problem.path.partition(".")[0])
        raise InvalidSettings(f"{name}: {'it must be set' if problem.is_missing else problem.message}") from error
    for name in kind.model_fields:
        value = getattr(settings, name)
        if isinstance(value, Path) and name.endswith("_file"):
            read_file(kind, name, value)
    return settings


def variable(kind: type[BaseSettings], name: str) -> str:
    """Return the environment variable of a setting."""
    return f"{kind.model_config.get('env_prefix', '')}{name}".upper()


def read_file(kind: type[BaseSettings], name: str, path: Path) -> bytes:
    """Return the content of a setting's file without white space at its ends; InvalidSettings."""
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise InvalidSettings(f"{variable(kind, name)}: cannot read {path}: {error.strerror}") from error


def is_link(value: str) -> bool:
    """Tell whether a variable's value is the link of a Service."""
    return _LINK.fullmatch(value) is not None


def _is_link_variable(prefix: str, name: str) -> bool:
    rest = name.removeprefix(prefix)
    return bool(re.fullmatch(_LINK_NAME, rest) or (name.endswith("_PORT") and is_link(os.environ[name])))
