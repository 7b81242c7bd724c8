"""`ifcjob serve`: check that it can start, show where it is, and serve until a signal."""

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from ifcjob import __version__
from ifcjob.logs import configure_logs
from ifcjob.quantity import as_bytes
from ifcjob_api.middleware.redaction import redact_event
from ifcjob_cli.serve.data_folder import DataFolder, default_folder, opened
from ifcjob_cli.serve.machine import machine
from ifcjob_cli.serve.refusal import StartRefused
from ifcjob_cli.serve.settings import Options, cpus, machine_memory

log = structlog.get_logger()


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGINT or SIGTERM and return the exit code."""
    level = getattr(logging, arguments.log_level.upper())
    configure_logs(level=level, libraries=logging.WARNING, filters=[redact_event])
    try:
        options = _options(arguments)
        with opened(options.data) as folder, _listening(options) as listening:
            asyncio.run(_serve(options, folder, listening))
    except StartRefused as refused:
        print(f"ifcjob: {refused.message} {refused.hint}", file=sys.stderr)
        return refused.exit_code
    except Exception:
        log.exception("ifcjob serve failed", hint="Start it again: no job is lost. Report this with the log.")
        return os.EX_SOFTWARE
    return os.EX_OK


async def _serve(options: Options, folder: DataFolder, listening: socket.socket) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    url = _url(listening)
    async with machine(options, folder, listening, url) as parts:
        print(
            f"Open {url} in a browser.\n"
            f"ifcjob {__version__} serves {url}/api/v1 (documentation: {url}/api/v1/docs)\n"
            f"data: {folder.root}\n"
            f"jobs at once: {options.slots}, with {options.max_memory} of memory together\n"
            "No password is needed: every user of this machine may use it. Ctrl-C stops it.",
            flush=True,
        )
        await parts.run(stop)
    print("ifcjob: stopped; jobs that ran start again next time", flush=True)


def _options(arguments: argparse.Namespace) -> Options:
    memory = arguments.max_memory or machine_memory()
    try:
        is_enough = as_bytes(memory) >= 2**28
    except ValueError:
        is_enough = False
    if not is_enough:
        message = f"--max-memory {memory} is not a quantity of at least 256Mi."
        raise StartRefused(message, "Write it as 4Gi or 512Mi.", os.EX_USAGE)
    data = arguments.data or default_folder()
    slots, hosts = arguments.slots or cpus(), tuple(arguments.web_host)
    return Options(data.expanduser(), arguments.host, arguments.port, slots, memory, hosts)


@contextmanager
def _listening(options: Options) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((options.host, options.port))
            listening.listen(512)
        except OSError as error:
            message = f"cannot listen on {options.host} port {options.port}: {error.strerror}."
            raise StartRefused(message, "Choose another --port; 0 takes any free one.", os.EX_UNAVAILABLE) from error
        yield listening


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
