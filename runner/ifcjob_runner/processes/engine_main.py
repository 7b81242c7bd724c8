"""The engine process: imports the engines once, then forks a child whenever the supervisor asks for one.

It never opens a model itself, so a crash, a hang or an out-of-memory kill ends one child and not the run.
When the supervisor ends, it kills its whole process group.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
import socket
import sys
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

import orjson

from ifcjob_runner.data.engine_import import import_ifcopenshell
from ifcjob_runner.processes.roles.run_role import run_role

if TYPE_CHECKING:
    from typing import NoReturn

    from ifcjob_runner.processes.messages import EngineMessage

MESSAGE_BYTES = 64


def main() -> NoReturn:
    """Serve the supervisor on the socket that the first argument names; the second is the spare child's."""
    supervisor = socket.socket(fileno=int(sys.argv[1]))
    # Children live for seconds and create millions of objects without reference cycles.
    gc.disable()
    import_ifcopenshell()  # first: an import of the engine before it would load all of it
    import ifcjob_runner.processes.roles.mesher  # noqa: F401 - the planner needs no more than this

    # Every run waits for the planner: fork it before loading the rest.
    _fork(supervisor, int(sys.argv[2]))
    _preload()

    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor decides how to react to Ctrl-C
    selector = selectors.DefaultSelector()
    selector.register(supervisor, selectors.EVENT_READ)
    selector.register(wake_read, selectors.EVENT_READ)
    _report_exits(supervisor)  # with a small file, the spare child may have ended before SIGCHLD had a handler
    while True:
        for key, _ in selector.select():
            if key.fileobj is supervisor:
                _serve(supervisor)
            else:
                os.read(wake_read, 4096)
                _report_exits(supervisor)


def _preload() -> None:
    """Import what every child needs. Pydantic and pyarrow are left to the data child, which alone needs them."""
    import ifcjob_runner.geometry.engines.lite
    import ifcjob_runner.processes.roles.lite  # noqa: F401 - the children find it loaded


def _fork(supervisor: socket.socket, descriptor: int) -> None:
    """Fork a child that reads its role from the supervisor directly."""
    pid = os.fork()
    if pid == 0:
        supervisor.close()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        connection = Connection(descriptor)
        try:
            role = orjson.loads(connection.recv_bytes())
        except EOFError:
            os._exit(0)
        run_role(role, connection)
    os.close(descriptor)
    _send(supervisor, {"kind": "spawned", "pid": pid})


def _serve(supervisor: socket.socket) -> None:
    message, descriptors, _, _ = socket.recv_fds(supervisor, MESSAGE_BYTES, 1)
    if not message:
        os.killpg(0, signal.SIGKILL)
    _fork(supervisor, descriptors[0])


def _report_exits(supervisor: socket.socket) -> None:
    while True:
        try:
            pid, wait_status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        cpu_seconds = usage.ru_utime + usage.ru_stime
        status = os.waitstatus_to_exitcode(wait_status)
        _send(supervisor, {"kind": "exited", "pid": pid, "status": status, "cpuSeconds": cpu_seconds})


def _send(supervisor: socket.socket, message: EngineMessage) -> None:
    supervisor.send(orjson.dumps(message))


if __name__ == "__main__":
    main()
