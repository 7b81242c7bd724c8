"""The command line of the catalog: `ifcjob catalog`, or `python -m ifcjob_catalog` in the operator's image."""

import argparse
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from ifcjob_catalog import schema
from ifcjob_catalog.connection import database_url, engine_for
from ifcjob_catalog.errors import (
    CatalogOutdated,
    CatalogUnavailable,
    InvalidDatabaseUrl,
    UnknownRevision,
    plain_errors,
)
from ifcjob_catalog.notifications.sending import given_up, send_again
from ifcjob_catalog.resubmit import Manifest, Selection, to_resubmit
from ifcjob_catalog.tls_files import TlsFiles

URL_FILE, URL = "IFCJOB_DATABASE_URL_FILE", "IFCJOB_DATABASE_URL"
CA_FILE, CERTIFICATE_FILE, KEY_FILE = (f"IFCJOB_DATABASE_{name}_FILE" for name in ("CA", "CERTIFICATE", "KEY"))
NO_URL = f"no database URL: set {URL_FILE} to a file that contains it, set {URL}, or pass --database-url"
RESUBMIT = "print unfinished IfcJobs as manifests for `kubectl apply -f -`"
NOTIFICATIONS = "print the notifications that were given up, or send them again"
EPILOG = f"""\
database:
  postgresql://user:password@host:5432/name, or sqlite:///file.db. Taken from --database-url, else from the file
  that {URL_FILE} names, else from {URL}.
  Other users of the machine can see command lines: do not put a password there.
  With {CA_FILE}, a file of certificates in PEM, the server must prove its identity (sslmode=verify-full);
  {CERTIFICATE_FILE} and {KEY_FILE} name a client certificate and its key.

after the loss of a cluster:
  kubectl -n ifcjob-system exec deploy/ifcjob-operator -- python -m ifcjob_catalog resubmit | kubectl apply -f -

exit code:
  0 success, 64 invalid command line or database URL, 69 the database does not answer.
"""


class UsageError(Exception):
    """The command line is invalid; the message says what to correct."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Leave printing and exit code to main: argparse would exit with 2."""
        # argparse quotes misplaced arguments, and a URL may contain a password.
        message = re.sub(r"\S+://\S+", "a URL", message)
        raise UsageError(f"{message}; see `{self.prog} --help`")


def main(argv: Sequence[str] | None = None, prog: str = "python -m ifcjob_catalog") -> int:
    """Run the command line and return the exit code."""
    try:
        arguments = _arguments(argv, prog)
        answer = _run(arguments, _tls_files(os.environ).added_to(_url(arguments.database_url, os.environ)))
    except (UsageError, InvalidDatabaseUrl, UnknownRevision) as error:
        sys.stderr.write(f"ifcjob: {error}\n")
        return os.EX_USAGE
    except (CatalogUnavailable, CatalogOutdated) as error:
        sys.stderr.write(f"ifcjob: {error}\n")
        return os.EX_UNAVAILABLE
    sys.stdout.write(answer)
    return os.EX_OK


def _arguments(argv: Sequence[str] | None, prog: str) -> argparse.Namespace:
    arguments, unknown = _parser(prog).parse_known_args(argv)
    if unknown:
        # Names only: a value may be a URL with a password.
        names = " ".join(word.partition("=")[0] for word in unknown if word.startswith("-"))
        raise UsageError(f"unknown arguments {names}".strip() + f"; see `{prog} --help`")
    return arguments


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=prog,
        description="The history of IfcJobs: manage its schema, resubmit IfcJobs from it, and list notifications.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    database = _Parser(add_help=False)
    database.add_argument("--database-url", metavar="URL", help="the database URL; keep passwords in a file instead")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    commands.add_parser(
        "upgrade", parents=[database], help="create the tables, or upgrade them to the schema of this release"
    )
    commands.add_parser("current", parents=[database], help="print the schema's revision")
    down = commands.add_parser("downgrade", parents=[database], help="downgrade to an older revision")
    down.add_argument("revision", help="such as 0001; `base` removes the catalog with all its data")
    _add_resubmit(commands.add_parser("resubmit", parents=[database], help=RESUBMIT, description=f"{RESUBMIT}."))
    _add_notifications(
        commands.add_parser("notifications", parents=[database], help=NOTIFICATIONS, description=f"{NOTIFICATIONS}.")
    )
    return parser


def _add_notifications(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--namespace", action="append", default=[], metavar="NAME", help="only those of this namespace; repeatable"
    )
    parser.add_argument("--id", action="append", default=[], help="with --send-again: only this event; repeatable")
    parser.add_argument("--send-again", action="store_true", help="have the operator send them again, for a day")


def _add_resubmit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--namespace", action="append", default=[], metavar="NAME", help="only IfcJobs of this namespace; repeatable"
    )
    parser.add_argument(
        "--since",
        type=_time_with_zone,
        metavar="TIME",
        help="only IfcJobs that changed since TIME, such as 2026-03-01T12:00Z",
    )
    parser.add_argument("--failed", action="store_true", help="include failed IfcJobs")
    parser.add_argument("--deleted", action="store_true", help="include IfcJobs that were deleted before they finished")
    parser.add_argument("--uid", action="append", default=[], help="only this IfcJob, in any state; repeatable")
    parser.add_argument("--refresh", action="store_true", help="run them even if a cached result exists")


def _time_with_zone(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time with a zone: write 2026-03-01T12:00Z") from None
    return time


def _run(arguments: argparse.Namespace, url: str) -> str:
    if arguments.command == "resubmit":
        return _resubmit(arguments, url)
    if arguments.command == "notifications":
        return _notifications(arguments, url)
    if arguments.command == "upgrade":
        schema.upgrade(url)
    elif arguments.command == "downgrade":
        schema.downgrade(url, arguments.revision)
    revision = schema.current(url)
    if schema.is_newer(revision):
        sys.stderr.write("ifcjob: a newer release has upgraded the catalog; this release can use it\n")
    return (revision or "no catalog: create it with `ifcjob catalog upgrade`") + "\n"


def _resubmit(arguments: argparse.Namespace, url: str) -> str:
    """Return one manifest per line, for kubectl or jq; print their number to standard error."""
    selection = Selection(
        namespaces=arguments.namespace,
        since=arguments.since,
        failed=arguments.failed,
        deleted=arguments.deleted,
        uids=arguments.uid,
        refresh=arguments.refresh,
    )
    place = database_url(url)
    engine = engine_for(place, statement_seconds=None)
    try:
        with plain_errors(place), engine.connect() as connection:
            manifests = to_resubmit(connection, selection)
    finally:
        engine.dispose()
    sys.stderr.write(f"ifcjob: {_summary(manifests)}\n")
    return "".join(json.dumps(manifest) + "\n" for manifest in manifests)


def _notifications(arguments: argparse.Namespace, url: str) -> str:
    """Return one given-up notification per line as JSON, or send them again and return their number."""
    if arguments.id and not arguments.send_again:
        raise UsageError("--id needs --send-again")
    place = database_url(url)
    engine = engine_for(place, statement_seconds=None)
    try:
        with plain_errors(place), engine.begin() as connection:
            if arguments.send_again:
                return f"to send again: {send_again(connection, arguments.namespace, arguments.id)}\n"
            listed = given_up(connection, arguments.namespace)
    finally:
        engine.dispose()
    return "".join(json.dumps(row, default=datetime.isoformat) + "\n" for row in listed)


def _summary(manifests: Sequence[Manifest]) -> str:
    if not manifests:
        return "no IfcJob to resubmit"
    counts = Counter(manifest["metadata"]["namespace"] for manifest in manifests)
    return "to resubmit: " + ", ".join(f"{count} in namespace {name}" for name, count in sorted(counts.items()))


def _tls_files(environment: Mapping[str, str]) -> TlsFiles:
    named = (environment.get(name) for name in (CA_FILE, CERTIFICATE_FILE, KEY_FILE))
    return TlsFiles(*(Path(name) if name else None for name in named))


def _url(option: str | None, environment: Mapping[str, str]) -> str:
    if option:
        return option
    if file := environment.get(URL_FILE):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{URL_FILE} names a file that cannot be read: {error}") from error
    if url := environment.get(URL):
        return url
    raise UsageError(NO_URL)
