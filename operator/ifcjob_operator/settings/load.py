"""Reads the settings from the environment; an invalid one is refused with one line that says what to do."""

import os
import re
from pathlib import Path

from pydantic import ValidationError

from ifcjob.base_type import first_problem
from ifcjob.request import CERTIFICATES_LENGTH
from ifcjob_catalog.connection import database_url
from ifcjob_catalog.errors import InvalidDatabaseUrl
from ifcjob_operator.queueing.declared import read_queues
from ifcjob_operator.settings.fields import LINK_VALUE, PREFIX, Settings
from ifcjob_operator.storage.url_policy import WebPolicy

MIN_KEY_BYTES = 16
_LINK = re.compile(
    rf"{PREFIX}([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_[0-9]+_(TCP|UDP|SCTP)(_[A-Z]+)?)"
)
"""Variables that Kubernetes sets in every pod for a Service whose name begins with `ifcjob`."""


class InvalidSettings(Exception):
    """A setting is invalid; the message is one line that names it and says what to do."""


def read_settings() -> Settings:
    """Read the environment; InvalidSettings for the first invalid setting."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known and not _is_link(name, os.environ[name]):
            raise InvalidSettings(f"{name} is not a setting: docs/reference/operator-settings.md lists all")
    try:
        settings = Settings()
    except ValidationError as error:
        problem = first_problem(error)
        name = f"{PREFIX}{problem.path.partition('.')[0]}".upper()
        raise InvalidSettings(f"{name}: {'it must be set' if problem.is_missing else problem.message}") from error
    _check(settings)
    return settings


def _is_link(name: str, value: str) -> bool:
    return bool(_LINK.fullmatch(name) or (name.endswith("_PORT") and LINK_VALUE.fullmatch(value)))


def _check(settings: Settings) -> None:
    """Refuse settings that contradict each other, and files that cannot be read."""
    for name in Settings.model_fields:
        value = getattr(settings, name)
        if isinstance(value, Path):
            _read(name, value)
    try:
        WebPolicy(settings.http_hosts)
    except ValueError as error:
        raise InvalidSettings(f"IFCJOB_HTTP_HOSTS: {error}") from error
    if settings.queue_token_file and not _read("queue_token_file", settings.queue_token_file):
        raise InvalidSettings("IFCJOB_QUEUE_TOKEN_FILE: the file is empty")
    if settings.s3_ca_file and len(_read("s3_ca_file", settings.s3_ca_file)) > CERTIFICATES_LENGTH:
        raise InvalidSettings(
            "IFCJOB_S3_CA_FILE: more than 64 KiB; leave out the authorities that the system trusts already"
        )
    if settings.queues_file:
        try:
            read_queues(settings.queues_file)
        except ValueError as error:
            raise InvalidSettings(f"IFCJOB_QUEUES_FILE: {error}") from error
    if settings.database_url_file:
        try:
            database_url(_read("database_url_file", settings.database_url_file).decode())
        except (InvalidDatabaseUrl, UnicodeDecodeError) as error:
            raise InvalidSettings(f"IFCJOB_DATABASE_URL_FILE: {error}") from error
    if settings.s3_endpoint and not (settings.s3_access_key_file and settings.s3_secret_key_file):
        raise InvalidSettings("IFCJOB_S3_ENDPOINT needs IFCJOB_S3_ACCESS_KEY_FILE and IFCJOB_S3_SECRET_KEY_FILE")
    if settings.progress_url:
        key = settings.progress_key_file
        if key is None:
            raise InvalidSettings("IFCJOB_PROGRESS_URL needs IFCJOB_PROGRESS_KEY_FILE, the key of the pods' tokens")
        if len(_read("progress_key_file", key)) < MIN_KEY_BYTES:
            raise InvalidSettings(f"IFCJOB_PROGRESS_KEY_FILE: the key must have at least {MIN_KEY_BYTES} bytes")


def _read(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise InvalidSettings(f"{PREFIX}{name.upper()}: cannot read {path}: {error.strerror}") from error
