"""Run one role in a forked child and turn whatever happens into one last message."""

import os
import traceback
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any, NoReturn

import orjson

Arguments = dict[str, Any]


class Channel:
    """The child's end of its connection to the supervisor."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def send(self, **message: Any) -> None:
        """Send one message."""
        self._connection.send_bytes(orjson.dumps(message))

    def receive(self) -> dict[str, Any] | None:
        """Wait for the next message; None when the supervisor wants no more."""
        try:
            message: dict[str, Any] = orjson.loads(self._connection.recv_bytes())
        except EOFError:
            return None
        return message


def run_role(role: str, connection: Connection, arguments: Arguments) -> NoReturn:
    """Run the role's function, report a failure, and leave without destructors.

    Freeing a large model takes seconds and some engines crash while at it; the kernel does it faster.
    """
    channel = Channel(connection)
    status = 0
    try:
        function = getattr(import_module(f"ifcjob_runner.processes.roles.{role}"), role)
        function(channel, arguments)
    except BaseException as error:  # noqa: BLE001 - the one catch-all of a child
        status = 1
        channel.send(**failure_message(error))
    os._exit(status)


def failure_message(error: BaseException) -> dict[str, Any]:
    """Describe an exception for the supervisor."""
    from ifcjob.failures import FailureReason, RunFailure  # pydantic is not needed on the good path
    from ifcjob.report import Failure

    if isinstance(error, RunFailure):
        failure = error
    elif isinstance(error, MemoryError):
        failure = RunFailure(FailureReason.OUT_OF_MEMORY, "an engine process could not allocate memory")
    elif isinstance(error, OSError) and error.errno == 28:  # ENOSPC
        failure = RunFailure(FailureReason.DISK_FULL, f"no space left for scratch files: {error}")
    elif (type(error).__module__, type(error).__name__) == ("ifcopenshell", "Error"):  # not imported by every role
        message = f"the text after the header is not STEP, and the engine cannot read it: {error}"
        failure = RunFailure(FailureReason.NOT_AN_IFC_FILE, message)
    else:
        failure = RunFailure(FailureReason.INTERNAL_ERROR, f"{type(error).__name__}: {error}")
    text = "".join(traceback.format_exception(error))
    return {"failure": Failure.of(failure).model_dump(mode="json", by_alias=True), "traceback": text}
