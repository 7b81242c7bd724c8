"""The engine process: imports the engines once, then forks a child whenever the supervisor asks for one.

It never opens a model itself, so a crash, a hang or an out-of-memory kill ends one child and not the run.
When the supervisor ends, it kills its whole process group.
For many files it loads more before it forks, and forks clones of itself, one for each supervisor.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import selectors
import signal
import socket
import sys
from importlib import import_module
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import orjson

from ifcjob_runner.data.engine_import import import_ifcopenshell, leave_out_pandas
from ifcjob_runner.processes.parents import adopt_orphans
from ifcjob_runner.processes.roles.run_role import run_role
from ifcjob_runner.processes.signals import STOPPING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import NoReturn

    from ifcjob_runner.processes.messages import EngineMessage

MESSAGE_BYTES = 64
DESCRIPTORS = 3
"""The most that a request brings along."""


PLANNER = "ifcjob_runner.processes.roles.mesher"
"""Needed by the first child, which is forked before the rest is loaded, because every run waits for it."""
LITE = ("ifcjob_runner.geometry.engines.lite", "ifcjob_runner.processes.roles.lite")
TABLES = "pyarrow._parquet"
"""Needed by the data child only: loaded while the supervisor asks for nothing, else by that child."""
MANY_FILES = (
    TABLES,
    "ifcjob_runner.processes.roles.data",
    "ifcjob_runner.stages.gltf",
    "ifcjob_runner.geometry.booleans.evaluate",
    "ifcjob_runner.processes.roles.mesh_batches",
    "ifcjob_runner.processes.roles.mesh_solids",
)
"""Needed by some child of most files, in addition."""


def main_of_fork(descriptors: list[int]) -> NoReturn:
    """Do as `main` in a fork of the supervisor: keep nothing of it but its imports, the two sockets and the output."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # as in `serve`
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    _close_all_but(descriptors)
    main(*descriptors)


def _close_all_but(descriptors: list[int]) -> None:
    for number in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208 - a name is enough
        if number > 2 and number not in descriptors:
            with contextlib.suppress(OSError):  # that of the list itself
                os.close(number)


def main(supervisor: int, spare: int) -> NoReturn:
    """Serve the supervisor on its socket; `spare` is the first child's. Both are descriptors."""
    # Arrow's own allocator keeps 20 MB in reserve, a sixth of a small run.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # Children live for seconds and create millions of objects without reference cycles.
    gc.disable()
    # Look up a library's functions when they are first called: most of OpenCASCADE's never are.
    sys.setdlopenflags(os.RTLD_LAZY)
    leave_out_pandas()
    import_ifcopenshell()  # first: an import of the engine before it would load all of it
    server = _Server(socket.socket(fileno=supervisor))
    if server.expects_geometry():
        import_module(PLANNER)
    server.fork(spare)
    if server.expects_geometry():
        _load(LITE)
        if not server.is_asked():
            import_module(TABLES)
    server.serve()


def _load(names: Iterable[str]) -> None:
    """Import modules, so that the children find them loaded."""
    for name in names:
        import_module(name)


class _Server:
    """Forks children and clones for one supervisor, and reports how they end."""

    def __init__(self, supervisor: socket.socket) -> None:
        self._supervisor = supervisor
        self._children: set[int] = set()
        self._clones: dict[int, int] = {}
        """The pipe for the exit status of each clone."""

    def expects_geometry(self) -> bool:
        """Return whether geometry may follow; the supervisor's first message tells if not."""
        with contextlib.suppress(BlockingIOError, ConnectionResetError):  # `serve` sees the end of the supervisor
            return self._supervisor.recv(MESSAGE_BYTES, socket.MSG_PEEK | socket.MSG_DONTWAIT) != b"data"
        return True

    def is_asked(self) -> bool:
        """Return whether a request waits."""
        return bool(select.select([self._supervisor], [], [], 0)[0])

    def serve(self) -> NoReturn:
        """Serve until the supervisor ends."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor decides how to react to Ctrl-C
        with selectors.DefaultSelector() as selector:
            selector.register(self._supervisor, selectors.EVENT_READ)
            selector.register(wake_read, selectors.EVENT_READ)
            self._report_exits()  # with a small file, the spare child may have ended before SIGCHLD had a handler
            cloned = None
            while cloned is None:
                ready = {key.fileobj for key, _ in selector.select()}
                if wake_read in ready:
                    os.read(wake_read, 4096)
                    self._report_exits()
                if self._supervisor in ready:
                    cloned = self._serve()
        for descriptor in (wake_read, wake_write):
            os.close(descriptor)
        _Server(cloned).serve()

    def fork(self, descriptor: int) -> None:
        """Fork a child that reads its role from the supervisor directly."""
        pid = os.fork()
        if pid == 0:
            self._supervisor.close()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            connection = Connection(descriptor)
            try:
                role = orjson.loads(connection.recv_bytes())
            except EOFError:
                os._exit(0)
            run_role(role, connection)
        os.close(descriptor)
        self._children.add(pid)
        self._send({"kind": "spawned", "pid": pid})

    def _serve(self) -> socket.socket | None:
        """Do what the supervisor asks for; in a new clone, return the socket of its own supervisor."""
        try:
            message, descriptors, _, _ = socket.recv_fds(self._supervisor, MESSAGE_BYTES, DESCRIPTORS)
        except ConnectionResetError:  # it ended before it had read all
            message = b""
        match message:
            case b"":
                _end()
            case b"fork":
                self.fork(descriptors[0])
            case b"preload":
                _load(MANY_FILES)
            case b"clone":
                return self._clone(*descriptors)
        return None

    def _clone(self, supervisor: int, status: int, log: int) -> socket.socket | None:
        """Fork a process that serves another supervisor, with a process group and a log of its own."""
        if not self._clones:
            adopt_orphans()  # the children of a killed clone
        pid = os.fork()
        if pid == 0:
            os.setsid()
            self._supervisor.close()
            signal.set_wakeup_fd(-1)
            for number in (1, 2):
                os.dup2(log, number)
            for descriptor in (status, log, *self._clones.values()):
                os.close(descriptor)
            return socket.socket(fileno=supervisor)
        for descriptor in (supervisor, log):
            os.close(descriptor)
        self._clones[pid] = status
        self._send({"kind": "cloned", "pid": pid})
        return None

    def _report_exits(self) -> None:
        while True:
            try:
                pid, wait_status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            status = os.waitstatus_to_exitcode(wait_status)
            if pid in self._clones:
                with contextlib.suppress(BrokenPipeError):  # its supervisor has ended, too
                    os.write(self._clones[pid], str(status).encode())
                os.close(self._clones.pop(pid))
            elif pid in self._children:  # else an orphan
                self._children.remove(pid)
                cpu_seconds = usage.ru_utime + usage.ru_stime
                self._send({"kind": "exited", "pid": pid, "status": status, "cpuSeconds": cpu_seconds})

    def _send(self, message: EngineMessage) -> None:
        try:
            self._supervisor.send(orjson.dumps(message))
        except (BrokenPipeError, ConnectionResetError):
            _end()


def _end() -> None:
    """End with all children, which nothing limits once the supervisor has ended."""
    os.killpg(0, signal.SIGKILL)
