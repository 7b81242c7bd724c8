"""Flows about queues: load, hold, drain, release and scale."""

from urllib.parse import quote

from ifcjob.http.queues import Queue, QueueList
from ifcjob_client.flows import Call, Flow, json_of
from ifcjob_client.jobs import DEFAULT_NAMESPACE


def every(namespace: str = DEFAULT_NAMESPACE) -> Flow[list[Queue]]:
    """Return the queues of a namespace with load and throughput."""
    return QueueList.model_validate((yield from json_of(Call("GET", _path(namespace))))).items


def get(name: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[Queue]:
    """Return a queue."""
    return Queue.model_validate((yield from json_of(Call("GET", _path(namespace, name)))))


def hold(name: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[Queue]:
    """Admit no more jobs; running jobs continue."""
    return (yield from _act(name, namespace, "hold"))


def drain(name: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[Queue]:
    """Stop the running jobs, and admit none; they run again when the queue is released."""
    return (yield from _act(name, namespace, "drain"))


def release(name: str, namespace: str = DEFAULT_NAMESPACE) -> Flow[Queue]:
    """Admit jobs again."""
    return (yield from _act(name, namespace, "release"))


def scale(name: str, slots: int, namespace: str = DEFAULT_NAMESPACE) -> Flow[Queue]:
    """Set how many jobs run at once."""
    call = Call("POST", f"{_path(namespace, name)}/scale", json={"slots": slots})
    return Queue.model_validate((yield from json_of(call)))


def _act(name: str, namespace: str, action: str) -> Flow[Queue]:
    return Queue.model_validate((yield from json_of(Call("POST", f"{_path(namespace, name)}/{action}"))))


def _path(namespace: str, name: str | None = None) -> str:
    path = f"/namespaces/{quote(namespace, safe='')}/queues"
    return path if name is None else f"{path}/{quote(name, safe='')}"
