"""Start the engine process and its children; know how each one ended.

`warm_up_early` starts it before anything else is imported, so that the engines load while the request is read.
"""

import contextlib
import glob
import json
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, TextIO

from ifcjob_runner.processes.cgroup import holds_a_run

_PR_SET_CHILD_SUBREAPER = 36
_warm: "Engine | None" = None


@dataclass(eq=False)
class Child:
    """One role's process."""

    role: str
    pid: int
    connection: Connection
    """Framed JSON messages, both ways."""
    exit_status: int | None = None
    """None while it runs; negative: the signal that ended it."""

    def send(self, **message: Any) -> None:
        """Send a message; a dead child's broken pipe is seen as its exit instead."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send_bytes(json.dumps(message).encode())

    def kill(self) -> None:
        """Kill it; its exit arrives like any other."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


class Engine:
    """The preloaded process that forks children; see zygote.py for the other side."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        spare, spare_theirs = socket.socketpair()
        self._spare: socket.socket | None = spare
        """Leads to a child that is forked as early as can be, and takes the first role."""
        self.log: TextIO = _unnamed_file()
        descriptors = [theirs.fileno(), spare_theirs.fileno()]
        self.process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "ifcjob_runner.processes.zygote", *map(str, descriptors)],
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            env=_environment(),
            start_new_session=True,
        )
        theirs.close()
        spare_theirs.close()
        self.socket = ours
        self.children: dict[int, Child] = {}
        self.cpu_seconds = 0.0
        self._pending: deque[dict[str, Any]] = deque()

    def spawn(self, role: str, **arguments: Any) -> Child:
        """Fork a child for the role and return it."""
        message = json.dumps({"role": role, "arguments": arguments}).encode()
        try:
            connection = self._hand_to_spare(message) or self._hand_to_zygote(message)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise EngineGoneError(self.log_tail()) from error
        while "spawned" not in (answer := self._receive()):
            self._pending.append(answer)
        child = Child(role, answer["spawned"], connection)
        self.children[child.pid] = child
        return child

    def _hand_to_spare(self, message: bytes) -> Connection | None:
        if self._spare is None:
            return None
        connection, self._spare = Connection(self._spare.detach()), None
        connection.send_bytes(message)
        return connection

    def _hand_to_zygote(self, message: bytes) -> Connection:
        ours, theirs = socket.socketpair()
        socket.send_fds(self.socket, [message], [theirs.fileno()])
        theirs.close()
        return Connection(ours.detach())

    def take_exits(self) -> list[Child]:
        """Return the children that have ended since the last call, without waiting."""
        exits = list(self._pending)
        self._pending.clear()
        self.socket.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                exits.append(self._receive())
        self.socket.settimeout(None)
        ended = []
        for message in exits:
            child = self.children.pop(message["exited"])
            child.exit_status = message["status"]
            self.cpu_seconds += message["cpuSeconds"]
            ended.append(child)
        return ended

    def stop_children(self) -> None:
        """Kill every child and wait until each is gone."""
        for child in self.children.values():
            child.kill()
        while self.children:
            message = self._receive()
            if child_exit := self.children.pop(message.get("exited", -1), None):
                child_exit.exit_status = message["status"]
                self.cpu_seconds += message["cpuSeconds"]

    def close(self) -> None:
        """Kill the engine with all its children, and wait until each is gone."""
        group = self.process.pid
        with _adopted_orphans():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
            self.process.wait()
            with contextlib.suppress(ChildProcessError):
                while True:
                    os.waitpid(-group, 0)
        self.socket.close()

    def log_tail(self, characters: int = 2000) -> str:
        """Return the last lines the engines wrote to stderr."""
        self.log.seek(0)
        return self.log.read()[-characters:]

    def _receive(self) -> dict[str, Any]:
        try:
            message = self.socket.recv(1 << 16)
        except ConnectionResetError:
            message = b""
        if not message:
            raise EngineGoneError(self.log_tail())
        answer: dict[str, Any] = json.loads(message)
        return answer


class EngineGoneError(Exception):
    """The engine process itself has died; the text is the end of its log."""


def warm_up() -> Engine:
    """Start the engine process, or return the one that already runs."""
    global _warm  # noqa: PLW0603 - one engine a process
    if _warm is None or _warm.process.poll() is not None:
        _warm = Engine()
    return _warm


def warm_up_early() -> None:
    """Start the engine process ahead of a run, unless the container can hold none: `pipeline.run` will say so."""
    if holds_a_run():
        warm_up()


def shut_down() -> None:
    """Stop the engine process, if any."""
    global _warm  # noqa: PLW0603 - one engine a process
    if _warm is not None:
        _warm.close()
        _warm = None


@contextlib.contextmanager
def _adopted_orphans() -> Iterator[None]:
    """Be the parent of grandchildren whose parent dies: not every first process of a container reaps orphans."""
    import ctypes  # nobody waits for it at the end

    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def _unnamed_file() -> TextIO:
    return os.fdopen(os.memfd_create("ifcjob-engine-log"), "w+", encoding="utf-8", errors="replace")


def _environment() -> dict[str, str]:
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", PYTHONUNBUFFERED="1")
    # Arrow's own allocator keeps 20 MB in reserve, a sixth of a small run.
    environment.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # jemalloc takes about a fifth off the geometry kernels; the image always has it.
    if "LD_PRELOAD" not in environment and (found := glob.glob("/usr/lib/*/libjemalloc.so.2")):  # noqa: PTH207 - import time
        environment["LD_PRELOAD"] = found[0]
    return environment
