"""The arguments of `ifcjob serve` and their help."""

import argparse
from pathlib import Path

from ifcjob_cli.options.parser import Commands, value

DESCRIPTION = """\
Serve the HTTP API on this machine and run the jobs that it takes, each in a process of its own.
No database and no Kubernetes are needed: everything is kept in one folder, and survives a crash.
"""

EPILOG = """\
examples:
  ifcjob serve
  ifcjob serve --data /srv/ifcjob --slots 4 --max-memory 16Gi

The API has no passwords: it listens on a loopback address only. Ctrl-C stops it; running jobs start again next time.

exit code:
  0 after Ctrl-C or SIGTERM. 64: invalid option. 65: a newer release wrote the folder. 69: the port or the folder is in
  use. 73: the folder cannot be written. 74: the disk is full.
"""


def add(commands: Commands) -> None:
    """Add the command."""
    serve = commands.add_parser(
        "serve",
        help="serve the HTTP API and run jobs on this machine",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    serve.add_argument("--port", type=value(_port), default=8080, help="port of the API (default: %(default)s; 0: any)")
    serve.add_argument(
        "--host", type=value(_host), default="127.0.0.1", help="127.0.0.1 or ::1, to listen on (default: %(default)s)"
    )
    serve.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of all data (default: ~/.local/share/ifcjob, or XDG_DATA_HOME)"
    )
    serve.add_argument(
        "--slots", type=value(_slots), metavar="N", help="jobs that run at once in a queue (default: the CPUs)"
    )
    serve.add_argument(
        "--max-memory",
        metavar="SIZE",
        help="memory of all running jobs, such as 16Gi (default: 80 %% of the machine's)",
    )
    serve.add_argument(
        "--web-host",
        type=value(_web_host),
        action="append",
        default=[],
        metavar="HOST",
        help="web server that sources may name, such as files.example.com or *.example.org:8443; repeatable",
    )
    serve.add_argument(
        "--log-level", choices=["debug", "info", "warning", "error"], default="warning", help="log level"
    )
    serve.set_defaults(execute=_execute)


def _execute(arguments: argparse.Namespace) -> int:
    from ifcjob_cli.serve.command import run  # slow imports only after parsing

    return run(arguments)


def _host(text: str) -> str:
    if text not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError(
            f"{text} is not 127.0.0.1 or ::1, and the API has no passwords: use a reverse proxy, or the Helm chart"
        )
    return "127.0.0.1" if text == "localhost" else text


def _web_host(text: str) -> str:
    from ifcjob_operator.storage.url_policy import WebPolicy  # slow

    WebPolicy([text])
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise ValueError(f"{text!r} is not a port: give a number up to 65535")
    return int(text)


def _slots(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1000:
        raise ValueError(f"{text!r} is not a number of slots: give 1 to 1000")
    return int(text)
