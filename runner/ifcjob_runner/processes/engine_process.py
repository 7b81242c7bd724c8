"""Start the engine process, have it fork children, and learn how each child ended.

`start_early` starts it before anything else is imported, so that the engines load while the request is read.
engine_main.py is its program.
"""

from __future__ import annotations

import contextlib
import glob
import json
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from ifcjob_runner.processes.cgroup import descendants, meets_minimum_memory
from ifcjob_runner.processes.signals import uninterrupted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from ifcjob_runner.processes.messages import ChildExited, ChildMessage, EngineMessage, Request, Role

FORK = b"fork"
"""Asks the engine process for a child; a role may be larger than a message on its socket."""
_PR_SET_CHILD_SUBREAPER = 36
_running: EngineProcess | None = None


@dataclass(eq=False)
class Child:
    """The process of one role."""

    pid: int
    connection: Connection
    """Framed JSON messages, both ways."""
    forks: bool = False
    """Whether it forks processes itself; see retries.py."""
    exit_status: int | None = None
    """None while it runs; negative: the signal that ended it."""

    def send(self, request: Request) -> None:
        """Send a request; a dead child's broken pipe is seen as its exit instead."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send_bytes(json.dumps(request).encode())

    def receive(self) -> ChildMessage:
        """Wait for the child's next message; EOFError or ConnectionResetError when it has ended."""
        message: ChildMessage = json.loads(self.connection.recv_bytes())
        return message

    def kill(self) -> None:
        """Kill it; its exit is reported like any other."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


class EngineProcess:
    """The process that has imported the engines and forks the children."""

    def __init__(self) -> None:
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        spare, spare_far = socket.socketpair()
        self._spare: socket.socket | None = spare
        """Leads to a child that is forked as early as possible and takes the first role."""
        self.log: TextIO = _unnamed_file()
        descriptors = [far.fileno(), spare_far.fileno()]
        self.process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "ifcjob_runner.processes.engine_main", *map(str, descriptors)],
            pass_fds=descriptors,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            env=_environment(),
            start_new_session=True,
        )
        far.close()
        spare_far.close()
        self.socket = near
        self.children: dict[int, Child] = {}
        self.cpu_seconds = 0.0
        """CPU time of the children that have ended."""
        self._exits: deque[ChildExited] = deque()
        """Exits that arrived while `spawn` waited."""

    def pids(self) -> list[int]:
        """Return every process of a run: this one, the engine process, its children, and what those forked."""
        forked = [pid for child in self.children.values() if child.forks for pid in descendants(child.pid)]
        return [os.getpid(), self.process.pid, *self.children, *forked]

    def spawn(self, role: Role) -> Child:
        """Fork a child for the role and return it."""
        with uninterrupted():  # a child that is not recorded would never be stopped
            try:
                connection = self._spare_child() or self._new_child()
                connection.send_bytes(json.dumps(role).encode())
            except (BrokenPipeError, ConnectionResetError) as error:
                raise EngineProcessDiedError(self.log_tail()) from error
            while (message := self._receive())["kind"] != "spawned":
                self._exits.append(message)
            child = Child(message["pid"], connection, forks=_forks(role))
            self.children[child.pid] = child
        return child

    def _spare_child(self) -> Connection | None:
        if self._spare is None:
            return None
        connection, self._spare = Connection(self._spare.detach()), None
        return connection

    def _new_child(self) -> Connection:
        near, far = socket.socketpair()
        socket.send_fds(self.socket, [FORK], [far.fileno()])
        far.close()
        return Connection(near.detach())

    def take_exits(self) -> list[Child]:
        """Return the children that have ended since the last call, without waiting."""
        exits = list(self._exits)
        self._exits.clear()
        self.socket.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                message = self._receive()
                if message["kind"] == "exited":
                    exits.append(message)
        self.socket.settimeout(None)
        return [self._end(message) for message in exits]

    def _end(self, message: ChildExited) -> Child:
        child = self.children.pop(message["pid"])
        child.exit_status = message["status"]
        self.cpu_seconds += message["cpuSeconds"]
        return child

    def stop_children(self) -> None:
        """Kill every child and wait until each has ended."""
        self.take_exits()
        for child in self.children.values():
            child.kill()
        while self.children:
            message = self._receive()
            if message["kind"] == "exited" and message["pid"] in self.children:
                self._end(message)

    def close(self) -> None:
        """Kill the engine process with all its children, and wait until each has ended."""
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
        """Return the end of the engines' output."""
        self.log.seek(0)
        return self.log.read()[-characters:]

    def _receive(self) -> EngineMessage:
        try:
            content = self.socket.recv(1 << 16)
        except ConnectionResetError:
            content = b""
        if not content:
            raise EngineProcessDiedError(self.log_tail())
        message: EngineMessage = json.loads(content)
        return message


class EngineProcessDiedError(Exception):
    """The engine process itself has died; the text is the end of its log."""


def start() -> EngineProcess:
    """Start the engine process, or return the one that already runs."""
    global _running  # noqa: PLW0603 - one engine process for all runs of this process
    if _running is None or _running.process.poll() is not None:
        _running = EngineProcess()
    return _running


def start_early() -> None:
    """Start the engine process before the run; where that fails, `pipeline.run` tries again and reports why."""
    if meets_minimum_memory():
        with contextlib.suppress(OSError):
            start()


def stop() -> None:
    """Stop the engine process, if it runs."""
    global _running  # noqa: PLW0603 - one engine process for all runs of this process
    if _running is not None:
        _running.close()
        _running = None


def _forks(role: Role) -> bool:
    return (role["kind"] == "mesher" and role["plan"] == "byLine") or (role["kind"] == "data" and role["byLine"])


@contextlib.contextmanager
def _adopted_orphans() -> Iterator[None]:
    """Adopt grandchildren whose parent dies: not every first process of a container reaps orphans."""
    import ctypes  # slow, and only the end of a run needs it

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
    # jemalloc makes the geometry kernels about a fifth faster; the image always has it.
    libraries = glob.glob("/usr/lib/*/libjemalloc.so.2")  # noqa: PTH207 - pathlib takes milliseconds to import
    if "LD_PRELOAD" not in environment and libraries:
        environment["LD_PRELOAD"] = libraries[0]
    return environment
