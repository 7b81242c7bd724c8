"""Types of settings that several programs have: their format in the environment, and the values allowed."""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_settings import NoDecode

from ifcjob_backends.settings.environment import is_link

DEFAULT_PORT = 8080
URL_PATTERN = r"^https?://[^/\s]+/?$"


def _url(value: str) -> str:
    if re.fullmatch(URL_PATTERN, value) is None:
        raise ValueError("it must be an http(s) URL without a path, such as https://s3.example.com:9000")
    return value


def _words(value: object) -> object:
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


def _port(value: object) -> object:
    """Ignore the link of a Service: its variable may have the name of a program's port setting."""
    return DEFAULT_PORT if isinstance(value, str) and is_link(value) else value


Url = Annotated[str, AfterValidator(_url), WithJsonSchema({"type": "string", "format": "uri", "pattern": URL_PATTERN})]
"""The URL of a server."""
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]
"""A comma-separated list."""
Port = Annotated[int, Field(ge=0, le=65_535), BeforeValidator(_port)]
"""A port to listen on."""
