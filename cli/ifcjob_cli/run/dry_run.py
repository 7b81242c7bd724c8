"""`ifcjob run --dry-run`: show per file what would run, and write nothing."""

import argparse
import json
from dataclasses import dataclass

from ifcjob.failures import RunFailure
from ifcjob.file_format.any_header import header_of
from ifcjob.file_format.step_schema import choose_schema
from ifcjob.memory import FLOOR_BYTES, memory_for_file, memory_for_workers, unzipped_bytes
from ifcjob.options import OPERATION_NAMES
from ifcjob.report import Failure
from ifcjob.request import RunRequest
from ifcjob_cli.run.destination import Destination
from ifcjob_cli.run.items import Item
from ifcjob_cli.run.one_file import request_of
from ifcjob_cli.units import number_text, size_text
from ifcjob_runner.input.archive import head_of
from ifcjob_runner.processes.cgroup import available_cpus
from ifcjob_runner.stages.fetch import local_path, unreadable
from ifcjob_runner.stages.inspect import HEAD_BYTES
from ifcjob_runner.transfer import http_pool

_WIDE_TEXT = (b"\xff\xfe", b"\xfe\xff")
HEADINGS = ("FILE", "SIZE", "SCHEMA", "MEMORY", "ACTION", "OUTPUT")


@dataclass(frozen=True)
class Plan:
    """The expected run of one file."""

    item: Item
    operations: list[str]
    folder: str
    size: int | None = None
    """Size as stored; None if the server does not tell."""
    schema: str | None = None
    """Read from the header of a local file."""
    memory: int | None = None
    is_existing: bool = False
    failure: RunFailure | None = None


def show(arguments: argparse.Namespace, items: list[Item], destination: Destination) -> int:
    """Print the plan of all files; return the exit code of the first failure that is already certain."""
    plans = [_plan(arguments, item, destination) for item in items]
    if arguments.json:
        for plan in plans:
            print(json.dumps(_document(plan), ensure_ascii=False, separators=(",", ":")))
    else:
        _print_table(plans)
    return next((plan.failure.exit_code for plan in plans if plan.failure), 0)


def _plan(arguments: argparse.Namespace, item: Item, destination: Destination) -> Plan:
    folder = destination.location(item.folder) if item.file else ""
    size: int | None = None
    operations: list[str] = []
    try:
        request = request_of(arguments, item)
        chosen = request.operations.or_all()
        operations = [name for name in OPERATION_NAMES if getattr(chosen, name.replace("-", "_")) is not None]
        size = _size_of(request)
        schema = _schema_of(request)
        is_existing = arguments.skip_existing and _is_existing(request, destination, item.folder)
        memory = None if size is None else _memory(request, unzipped_bytes(size, item.name))
    except RunFailure as failure:
        return Plan(item, operations, folder, size, failure=failure)
    return Plan(item, operations, folder, size, schema, memory, is_existing=is_existing)


def _is_existing(request: RunRequest, destination: Destination, folder: str) -> bool:
    from ifcjob_cli.run.existing import existing_report  # only with --skip-existing

    return existing_report(request, destination, folder) is not None


def _size_of(request: RunRequest) -> int | None:
    uri = request.source.uri
    if (public := request.source.public_uri or "").startswith("s3://"):
        from ifcjob_cli.run.object_store import size_of  # the S3 client is slow to import

        return size_of(public)
    if http_pool.is_http(uri):
        with http_pool.request("HEAD", uri, redirects=http_pool.MAX_REDIRECTS) as response:
            length = response.headers.get("Content-Length", "")
            return int(length) if response.status == 200 and length.isdecimal() else None
    path = local_path(uri)
    try:
        return path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error


def _schema_of(request: RunRequest) -> str | None:
    if http_pool.is_http(request.source.uri):
        return None
    path, name = local_path(request.source.uri), request.source.name or request.source.uri
    try:
        head = head_of(path, name, HEAD_BYTES)
    except OSError as error:
        raise unreadable(path, error) from error
    if head[:2] in _WIDE_TEXT:  # the run reads a copy in UTF-8
        return None
    header = header_of(head, name, is_whole=len(head) < HEAD_BYTES)
    return choose_schema(header.schemas, name, strict=request.source.strict_schema).engine


def _memory(request: RunRequest, unzipped: int) -> int:
    """Return the expected peak; with a memory limit, the runner starts fewer workers instead."""
    workers = request.limits.workers or (1 if request.limits.memory_bytes else available_cpus())
    return round(max(FLOOR_BYTES, memory_for_file(unzipped), memory_for_workers(unzipped, workers)))


def _document(plan: Plan) -> dict[str, object]:
    known = {"folder": plan.folder or None, "bytes": plan.size, "schema": plan.schema, "memoryBytes": plan.memory}
    failure = Failure.of(plan.failure).model_dump(mode="json", exclude_none=True) if plan.failure else None
    document: dict[str, object] = {"source": plan.item.source, "name": plan.item.name, "action": _action(plan)}
    document |= {name: value for name, value in known.items() if value is not None}
    return document | {"operations": plan.operations} | ({"failure": failure} if failure else {})


def _action(plan: Plan) -> str:
    return "fail" if plan.failure else "skip" if plan.is_existing else "run"


def _print_table(plans: list[Plan]) -> None:
    rows = [HEADINGS, *map(_row, plans)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    operations = next((plan.operations for plan in plans if plan.operations), [])
    print(f"\n{number_text(len(plans))} {'file' if len(plans) == 1 else 'files'}; operations: {', '.join(operations)}")
    if any(plan.memory for plan in plans):
        print("MEMORY is the expected peak of a file that runs alone; small files run side by side.")


def _row(plan: Plan) -> tuple[str, ...]:
    size = "–" if plan.size is None else size_text(plan.size)
    if plan.failure:
        return (plan.item.name, size, "–", "–", plan.failure.reason, plan.failure.message)
    memory = "–" if plan.memory is None else f"{plan.memory / 2**20:,.0f} MiB"
    return (plan.item.name, size, plan.schema or "–", memory, _action(plan), plan.folder)
