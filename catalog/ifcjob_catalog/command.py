"""The command line of the catalog: `ifcjob catalog`, and `python -m ifcjob_catalog` where there is no `ifcjob`."""

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
from ifcjob_catalog.resubmitting import Manifest, Wanted, to_resubmit

URL_FILE, URL = "IFCJOB_DATABASE_URL_FILE", "IFCJOB_DATABASE_URL"
NO_URL = f"no database is named: set {URL_FILE} to a file with its URL, or {URL}, or give --database-url"
RESUBMIT = "print what has not finished as manifests for `kubectl apply -f -`"
EPILOG = f"""\
database:
  postgresql://user:password@host:5432/name, or sqlite:///file.db. From --database-url, else from the file that
  {URL_FILE} names, else from {URL}.
  Others on the machine can see a command line: keep a password out of it.

after a cluster was lost:
  kubectl -n ifcjob-system exec deploy/ifcjob-operator -- python -m ifcjob_catalog resubmit | kubectl apply -f -

exit code:
  0 done, 64 a wrong command line or database URL, 69 the database does not answer.
"""


class UsageError(Exception):
    """The command line makes no sense; the message says what to correct."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Leave printing and exit code to main: argparse would exit with 2."""
        # A URL in the place of another word is quoted, and may hold a password.
        said = re.sub(r"\S+://\S+", "a URL", message)
        raise UsageError(f"{said}; `{self.prog} --help` shows what there is")


def main(argv: Sequence[str] | None = None, prog: str = "python -m ifcjob_catalog") -> int:
    """Run the command line and return the exit code."""
    try:
        arguments = _arguments(argv, prog)
        answer = _run(arguments, _url(arguments.database_url, os.environ))
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
        # Not their values: one may be a URL with a password.
        names = " ".join(word.partition("=")[0] for word in unknown if word.startswith("-"))
        raise UsageError(f"unknown arguments {names}".strip() + f"; `{prog} --help` shows what there is")
    return arguments


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog=prog,
        description="The history of IfcJobs: its schema, and IfcJobs of it to submit again.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    database = _Parser(add_help=False)
    database.add_argument("--database-url", metavar="URL", help="the database; a password is better in a file")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    commands.add_parser("upgrade", parents=[database], help="make the tables, or bring them to this release's schema")
    commands.add_parser("current", parents=[database], help="print the schema's revision")
    down = commands.add_parser("downgrade", parents=[database], help="go back to an older revision")
    down.add_argument("revision", help="such as 0001; `base` removes the catalog with everything in it")
    _add_resubmit(commands.add_parser("resubmit", parents=[database], help=RESUBMIT, description=f"{RESUBMIT}."))
    return parser


def _add_resubmit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--namespace", action="append", default=[], metavar="NAME", help="only of this one; repeatable")
    parser.add_argument(
        "--since", type=_moment, metavar="TIME", help="only those to which something happened since 2026-03-01T12:00Z"
    )
    parser.add_argument("--failed", action="store_true", help="those that failed, too")
    parser.add_argument("--deleted", action="store_true", help="those that were deleted before they finished, too")
    parser.add_argument("--uid", action="append", default=[], help="this one, whatever became of it; repeatable")
    parser.add_argument("--refresh", action="store_true", help="have them run even where there is a former result")


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no time with a zone: write 2026-03-01T12:00Z") from None
    return moment


def _run(arguments: argparse.Namespace, url: str) -> str:
    if arguments.command == "resubmit":
        return _resubmit(arguments, url)
    if arguments.command == "upgrade":
        schema.upgrade(url)
    elif arguments.command == "downgrade":
        schema.downgrade(url, arguments.revision)
    revision = schema.current(url)
    if schema.is_newer(revision):
        sys.stderr.write("ifcjob: a newer release has upgraded the catalog; this one can use it as it is\n")
    return (revision or "no catalog: `ifcjob catalog upgrade` makes it") + "\n"


def _resubmit(arguments: argparse.Namespace, url: str) -> str:
    """Return a manifest a line, which kubectl takes and jq can choose from; say on standard error how many."""
    wanted = Wanted(
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
            manifests = to_resubmit(connection, wanted)
    finally:
        engine.dispose()
    sys.stderr.write(f"ifcjob: {_counted(manifests)}\n")
    return "".join(json.dumps(one) + "\n" for one in manifests)


def _counted(manifests: Sequence[Manifest]) -> str:
    if not manifests:
        return "no IfcJob to submit again"
    counts = Counter(one["metadata"]["namespace"] for one in manifests)
    return "to submit again: " + ", ".join(f"{count} of namespace {name}" for name, count in sorted(counts.items()))


def _url(given: str | None, environment: Mapping[str, str]) -> str:
    if given:
        return given
    if file := environment.get(URL_FILE):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{URL_FILE} names a file that cannot be read: {error}") from error
    if url := environment.get(URL):
        return url
    raise UsageError(NO_URL)
