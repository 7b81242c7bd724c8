"""The engine process: preloads the engines once, then forks one child for each role the supervisor asks for.

It never opens a model itself, so a crash, a hang or a memory kill costs one child and not the run.
When the supervisor goes away, it kills its whole process group.
"""

import gc
import os
import selectors
import signal
import socket
import sys
from multiprocessing.connection import Connection
from typing import NoReturn

import orjson

from ifcjob_runner.data.engine_import import import_ifcopenshell
from ifcjob_runner.processes.roles.run_role import run_role

MESSAGE_BYTES = 1 << 16


def main() -> NoReturn:
    """Serve spawn requests on the socket whose descriptor is the first argument; the second is the spare child's."""
    supervisor = socket.socket(fileno=int(sys.argv[1]))
    # Children live for seconds and make millions of objects that do not refer in circles.
    gc.disable()
    import_ifcopenshell()  # first: an earlier import would load the package with all its parts
    import ifcjob_runner.processes.roles.mesher  # noqa: F401 - loaded before the fork, for the children

    # The planner needs no more than this and every run waits for it: fork it before loading the rest.
    _fork_spare(supervisor, int(sys.argv[2]))
    _preload()

    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the supervisor decides what Ctrl-C means
    selector = selectors.DefaultSelector()
    selector.register(supervisor, selectors.EVENT_READ)
    selector.register(wake_read, selectors.EVENT_READ)
    _report_exits(supervisor)  # of a small file the spare child may be done before anybody listened
    while True:
        for key, _ in selector.select():
            if key.fileobj is supervisor:
                _spawn(supervisor)
            else:
                os.read(wake_read, 4096)
                _report_exits(supervisor)


def _preload() -> None:
    """Import what every child needs; pydantic and pyarrow are not among it, only the data process needs them."""
    import ifcjob_runner.geometry.lite  # only now
    import ifcjob_runner.processes.roles.lite  # noqa: F401 - loaded before the fork, for the children


def _fork_spare(supervisor: socket.socket, descriptor: int) -> None:
    """Fork a child that waits for its role, without the engine process in between."""
    pid = os.fork()
    if pid == 0:
        supervisor.close()
        connection = Connection(descriptor)
        try:
            request = orjson.loads(connection.recv_bytes())
        except EOFError:
            os._exit(0)
        run_role(request["role"], connection, request["arguments"])
    os.close(descriptor)
    supervisor.send(orjson.dumps({"spawned": pid}))


def _spawn(supervisor: socket.socket) -> None:
    message, descriptors, _, _ = socket.recv_fds(supervisor, MESSAGE_BYTES, 1)
    if not message:
        os.killpg(0, signal.SIGKILL)
    pid = os.fork()
    if pid == 0:
        supervisor.close()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        request = orjson.loads(message)
        run_role(request["role"], Connection(descriptors[0]), request["arguments"])
    os.close(descriptors[0])
    supervisor.send(orjson.dumps({"spawned": pid}))


def _report_exits(supervisor: socket.socket) -> None:
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        cpu = usage.ru_utime + usage.ru_stime
        supervisor.send(orjson.dumps({"exited": pid, "status": os.waitstatus_to_exitcode(status), "cpuSeconds": cpu}))


if __name__ == "__main__":
    main()
