"""Run the role of a forked child, and report any exception as its last message."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING, Generic, TypeVar

import orjson

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from typing import NoReturn

    from ifcjob_runner.processes.messages import ChildMessage, Role, RoleFailed

Received = TypeVar("Received")


class Channel(Generic[Received]):
    """The child's end of its connection to the supervisor."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, message: ChildMessage) -> None:
        """Send one message."""
        self._connection.send_bytes(orjson.dumps(message))

    def receive(self) -> Received | None:
        """Wait for the next request; None when the supervisor has no more."""
        try:
            request: Received = orjson.loads(self._connection.recv_bytes())
        except EOFError:
            return None
        return request


def run_role(role: Role, connection: Connection) -> NoReturn:
    """Run the role, report a failure, and leave without destructors.

    Freeing a large model takes seconds and can crash some engines; the kernel does it faster.
    """
    status = 0
    try:
        _run(role, connection)
    except BaseException as error:  # noqa: BLE001 - the only catch-all of a child
        status = 1
        connection.send_bytes(orjson.dumps(_failure_message(error)))
    os._exit(status)


def _run(role: Role, connection: Connection) -> None:
    """Call the role's function; each child imports its own role only."""
    match role["kind"]:
        case "data":
            if role["byLine"]:
                from ifcjob_runner.processes.roles.data_by_line import data_by_line

                data_by_line(Channel(connection), role)
            else:
                from ifcjob_runner.processes.roles.data import data

                data(Channel(connection), role)
        case "mesher":
            from ifcjob_runner.processes.roles.mesher import mesher

            mesher(Channel(connection), role)
        case "lite":
            from ifcjob_runner.processes.roles.lite import lite

            lite(Channel(connection), role)


def _failure_message(error: BaseException) -> RoleFailed:
    from ifcjob.failures import FailureReason, RunFailure  # only a failure needs pydantic
    from ifcjob.report import Failure
    from ifcjob_runner.transfer.disk import disk_full

    if (full := disk_full(error)) is not None:
        failure = full
    elif isinstance(error, RunFailure):
        failure = error
    elif isinstance(error, MemoryError):
        failure = RunFailure(FailureReason.OUT_OF_MEMORY, "a child process could not allocate memory")
    elif (type(error).__module__, type(error).__name__) == ("ifcopenshell", "Error"):  # not every role imports it
        message = f"the text after the header is not STEP, and the engine cannot read it: {error}"
        failure = RunFailure(FailureReason.NOT_AN_IFC_FILE, message)
    else:
        failure = RunFailure(FailureReason.INTERNAL_ERROR, f"{type(error).__name__}: {error}")
    return {
        "kind": "failed",
        "failure": Failure.of(failure).model_dump(mode="json", by_alias=True),
        "traceback": "".join(traceback.format_exception(error)),
    }
