"""Start the engine process, have it fork children, and learn how each child ended.

`start_early` forks it before anything else is imported, so that the engines load while the request is read.
`start` runs it as a program of its own, because a process that has imported more may have threads and locks.
"""

from __future__ import annotations

import contextlib
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
from ifcjob_runner.processes.parents import adopt_orphans
from ifcjob_runner.processes.process_handles import CloneProcess, ForkedProcess, fork
from ifcjob_runner.processes.signals import uninterrupted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

    from ifcjob_runner.processes.messages import ChildExited, ChildMessage, EngineMessage, Request, Role

FORK, PRELOAD, CLONE, DATA_ONLY = b"fork", b"preload", b"clone", b"data"
"""Requests to the engine process. FORK has no role: that may be larger than a message on its socket."""
PROGRAM = "import sys; from ifcjob_runner.processes.engine_main import main; main(*map(int, sys.argv[1:]))"
_running: EngineProcess | None = None


@dataclass(eq=False)
class Child:
    """The process of one role."""

    pid: int
    connection: Connection
    """Framed JSON messages, both ways."""
    forks: bool = False
    """Whether it may fork processes itself; see retries.py and roles/apart.py."""
    exit_status: int | None = None
    """None while it runs; negative: the signal that ended it."""

    def send(self, request: Request) -> None:
        """Send a request; a dead child's broken pipe is seen as its exit instead."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.connection.send_bytes(json.dumps(request).encode())

    def receive(self) -> ChildMessage:
        """Wait for the child's next message. Raises EOFError when it has ended."""
        try:
            message: ChildMessage = json.loads(self.connection.recv_bytes())
        except OSError as error:  # it ended in the middle of a message, or before it read all of this side's
            raise EOFError from error
        return message

    def kill(self) -> None:
        """Kill it; its exit is reported like any other."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


class EngineProcess:
    """The process that has imported the engines and forks the children."""

    def __init__(
        self,
        process: subprocess.Popen[bytes] | ForkedProcess | CloneProcess,
        near: socket.socket,
        log: TextIO,
        spare: socket.socket | None,
    ) -> None:
        self.process, self.socket, self.log = process, near, log
        self._spare = spare
        """Leads to a child that is forked as early as possible and takes the first role."""
        self.children: dict[int, Child] = {}
        self.cpu_seconds = 0.0
        """CPU time of the children that have ended."""
        self._exits: deque[ChildExited] = deque()
        """Exits that arrived while `spawn` waited."""

    @classmethod
    def launch(cls, start: Callable[[list[int], TextIO], subprocess.Popen[bytes] | ForkedProcess]) -> EngineProcess:
        """Start a new process; `start` passes it the descriptors of its sockets and the file for its output."""
        if signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:  # by the caller: the exit status would be lost
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        spare, spare_far = socket.socketpair()
        log = _unnamed_file()
        with far, spare_far:
            process = start([far.fileno(), spare_far.fileno()], log)
        return cls(process, near, log, spare)

    @property
    def has_spare(self) -> bool:
        """Whether the next child was forked before the engine process had loaded everything."""
        return self._spare is not None

    def prepare(self, request: bytes) -> None:
        """Have it load what the next children need: PRELOAD for many files, DATA_ONLY for runs without geometry."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the next child reports it
            self.socket.send(request)

    def clone(self) -> EngineProcess:
        """Return a clone of it, for the supervisor in a process that this one forks; see `use_clone`."""
        self._release_spare()
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        status, status_far = os.pipe()
        log = _unnamed_file()
        try:
            socket.send_fds(self.socket, [CLONE], [far.fileno(), status_far, log.fileno()])
        except (BrokenPipeError, ConnectionResetError) as error:
            raise EngineProcessDiedError(self.log_tail()) from error
        finally:
            far.close()
            os.close(status_far)
        while (message := self._receive())["kind"] != "cloned":
            pass  # about the spare child
        return EngineProcess(CloneProcess(message["pid"], status), near, log, None)

    def leave(self) -> None:
        """Close this process's connections to it, which another process has too."""
        self.socket.close()
        self._release_spare()

    def _release_spare(self) -> None:
        if self._spare is not None:
            self._spare.close()
            self._spare = None

    def pids(self) -> list[int]:
        """Return every process of a run: this one, the engine process, its children, and what those forked."""
        forked = [pid for child in self.children.values() if child.forks for pid in descendants(child.pid)]
        return [os.getpid(), self.process.pid, *self.children, *forked]

    def spawn(self, role: Role) -> Child:
        """Fork a child for the role and return it."""
        with uninterrupted():  # a child that is not recorded would never be stopped
            try:
                connection = self._child_connection()
                connection.send_bytes(json.dumps(role).encode())
            except (BrokenPipeError, ConnectionResetError) as error:
                raise EngineProcessDiedError(self.log_tail()) from error
            while (message := self._receive())["kind"] != "spawned":
                if message["kind"] == "exited":
                    self._exits.append(message)
            child = Child(message["pid"], connection, forks=_forks(role))
            self.children[child.pid] = child
        return child

    def _child_connection(self) -> Connection:
        """Return the connection to the spare child, or to a new one."""
        if self._spare is not None:
            near, self._spare = self._spare, None
        else:
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
        # The spare child is not in `children` before it has a role.
        return [self._end(message) for message in exits if message["pid"] in self.children]

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
                if self.process.poll() is None:
                    os.kill(group, signal.SIGKILL)  # just forked, it does not lead its group yet
                os.killpg(group, signal.SIGKILL)
            self.process.wait()
            with contextlib.suppress(ChildProcessError):
                while True:
                    os.waitpid(-group, 0)
        self.leave()

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
        _running = EngineProcess.launch(_execute)
    return _running


def start_early() -> None:
    """Fork the engine process, first of all: both keep what is imported by then. If that fails, `start` tries again."""
    global _running  # noqa: PLW0603 - one engine process for all runs of this process
    if meets_minimum_memory():
        with contextlib.suppress(OSError):
            _running = EngineProcess.launch(fork)


def prepare(request: bytes) -> None:
    """Prepare the engine process, if it runs."""
    if _running is not None:
        _running.prepare(request)


def use_clone(clone: EngineProcess) -> None:
    """Use the clone from now on, in a process that was forked for it; the parent keeps the other."""
    global _running  # noqa: PLW0603 - one engine process for all runs of this process
    if _running is not None:
        _running.leave()
    _running = clone


def stop() -> None:
    """Stop the engine process, if it runs."""
    global _running  # noqa: PLW0603 - one engine process for all runs of this process
    if _running is not None:
        _running.close()
        _running = None


def _forks(role: Role) -> bool:
    return role["kind"] == "data" or (role["kind"] == "mesher" and role["plan"] == "byLine")


@contextlib.contextmanager
def _adopted_orphans() -> Iterator[None]:
    """Adopt grandchildren whose parent dies."""
    adopt_orphans()
    try:
        yield
    finally:
        adopt_orphans(adopt=False)


def _unnamed_file() -> TextIO:
    return os.fdopen(os.memfd_create("ifcjob-engine-log"), "w+", encoding="utf-8", errors="replace")


def _execute(descriptors: list[int], log: TextIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-X", "utf8", "-c", PROGRAM, *map(str, descriptors)],
        pass_fds=descriptors,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )
