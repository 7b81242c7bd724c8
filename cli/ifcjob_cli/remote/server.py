"""The server that a command talks to, its credentials, and errors as one line with the next step."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ifcjob_cli.remote.login.credentials import Credentials, read_credentials
from ifcjob_client import ApiError, Client, ServerUnreachable
from ifcjob_client.transport.connection import DEFAULT_SERVER

_EXIT_CODES = {
    401: os.EX_NOPERM,
    403: os.EX_NOPERM,
    404: os.EX_NOINPUT,
    409: os.EX_DATAERR,
    413: os.EX_USAGE,
    415: os.EX_DATAERR,
    422: os.EX_USAGE,
    429: os.EX_TEMPFAIL,
    503: os.EX_UNAVAILABLE,
}


class CommandFailed(Exception):
    """A command ends with this message and exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        """Take a code of sysexits."""
        super().__init__(message)
        self.exit_code = exit_code


def server_of(arguments: argparse.Namespace) -> Credentials:
    """Return the server of --server, of IFCJOB_SERVER, or of `ifcjob login`, with its token."""
    saved = read_credentials()
    server = arguments.server or os.environ.get("IFCJOB_SERVER") or (saved.server if saved else DEFAULT_SERVER)
    token = os.environ.get("IFCJOB_TOKEN")
    if token is None and saved is not None and saved.server == server:
        return saved
    return Credentials(server=server, token=token)


@contextmanager
def connected(arguments: argparse.Namespace) -> Iterator[Client]:
    """Yield a client; errors of the server become CommandFailed."""
    credentials = server_of(arguments)
    try:
        with Client(credentials.server, credentials.fresh_token()) as client:
            yield client
    except ServerUnreachable as error:
        message = f"{error}\n{_unreachable_hint(credentials.server)}"
        raise CommandFailed(message, os.EX_UNAVAILABLE) from error
    except ApiError as error:
        hint = "\nLog in with `ifcjob login`, or set IFCJOB_TOKEN." if error.status == 401 else ""
        raise CommandFailed(f"{error}{hint}", _EXIT_CODES.get(error.status, os.EX_SOFTWARE)) from error
    except TimeoutError as error:
        raise CommandFailed(str(error), os.EX_TEMPFAIL) from error


def run_command(command: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    """Run a command; print its failure in one line with the next step, and return its exit code."""
    try:
        return command(arguments)
    except CommandFailed as failed:
        print(f"ifcjob: {failed}", file=sys.stderr)
        return failed.exit_code
    except BrokenPipeError:  # `ifcjob jobs | head`
        sys.stderr.close()
        return os.EX_OK


def _unreachable_hint(server: str) -> str:
    if server == DEFAULT_SERVER:
        return "Start it with `ifcjob serve`, or name another server with --server or IFCJOB_SERVER."
    return "Check the address in --server or IFCJOB_SERVER, and that the server runs."
