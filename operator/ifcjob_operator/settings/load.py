"""Reads the settings from the environment; an invalid one is refused with one line that says what to do."""

from ifcjob.request import CERTIFICATES_LENGTH
from ifcjob_backends.settings.environment import InvalidSettings, read_environment, read_file
from ifcjob_catalog.errors import InvalidDatabaseUrl
from ifcjob_operator.applying.runner_policy import read_policy
from ifcjob_operator.queueing.declared import read_queues
from ifcjob_operator.settings.fields import Settings
from ifcjob_operator.storage.url_policy import WebPolicy

MIN_KEY_BYTES = 16


def read_settings() -> Settings:
    """Read the environment; InvalidSettings for the first invalid setting."""
    settings = read_environment(Settings, "docs/reference/operator-settings.md")
    _check(settings)
    return settings


def _check(settings: Settings) -> None:
    """Refuse settings that contradict each other, and files with a wrong content."""
    for name, hosts in (("HTTP_HOSTS", settings.http_hosts), ("NOTIFICATION_HOSTS", settings.notification_hosts)):
        try:
            WebPolicy(hosts)
        except ValueError as error:
            raise InvalidSettings(f"IFCJOB_{name}: {error}") from error
    if settings.queue_token_file and not read_file(Settings, "queue_token_file", settings.queue_token_file):
        raise InvalidSettings("IFCJOB_QUEUE_TOKEN_FILE: the file is empty")
    if settings.s3_ca_file and len(read_file(Settings, "s3_ca_file", settings.s3_ca_file)) > CERTIFICATES_LENGTH:
        raise InvalidSettings(
            "IFCJOB_S3_CA_FILE: more than 64 KiB; leave out the authorities that the system trusts already"
        )
    if settings.queues_file:
        try:
            read_queues(settings.queues_file)
        except ValueError as error:
            raise InvalidSettings(f"IFCJOB_QUEUES_FILE: {error}") from error
    if settings.runner_network_policy_file:
        try:
            read_policy(settings.runner_network_policy_file)
        except ValueError as error:
            raise InvalidSettings(f"IFCJOB_RUNNER_NETWORK_POLICY_FILE: {error}") from error
    try:
        settings.database()
    except InvalidDatabaseUrl as error:
        raise InvalidSettings(f"IFCJOB_DATABASE_URL_FILE: {error}") from error
    _ = settings.store  # raises InvalidSettings
    try:
        settings.other_stores()
    except (ValueError, OSError) as error:
        raise InvalidSettings(f"IFCJOB_OBJECT_STORES_FILE: {error}") from error
    if settings.progress_url:
        key = settings.progress_key_file
        if key is None:
            raise InvalidSettings("IFCJOB_PROGRESS_URL needs IFCJOB_PROGRESS_KEY_FILE, the key of the pods' tokens")
        if len(read_file(Settings, "progress_key_file", key)) < MIN_KEY_BYTES:
            raise InvalidSettings(f"IFCJOB_PROGRESS_KEY_FILE: the key must have at least {MIN_KEY_BYTES} bytes")
