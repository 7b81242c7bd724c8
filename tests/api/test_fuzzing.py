"""Random requests to every operation, single and in sequences, by schemathesis: answers follow the OpenAPI document."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from ifcjob_backends.storage.folder import FolderObjects
from ifcjob_catalog import Catalog
from ifcjob_catalog.schema import upgrade
from tests.catalog.records import a_manifest, a_record, succeeded
from tests.support.api import api_in_a_thread
from tests.support.async_tests import finish
from tests.support.manifests import as_text, ifcqueue_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from hypothesis.strategies import SearchStrategy
    from schemathesis import Case
    from schemathesis.generation.stateful import APIStateMachine

    from tools.cluster.control_plane import ControlPlane

# Their bodies have rules that the schemas do not say: exactly one source, and the ending of a file's name.
MAY_REFUSE_VALID = {
    f"POST /api/v1/namespaces/{{namespace}}/{collection}" for collection in ("jobs", "jobs:batch", "uploads")
}
# Parameters with a syntax of their own.
MAY_BE_INVALID = {"cursor", "property", "by", "fields", "sort"}
# Answers that depend on what is stored.
PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE = 412, 416
ENDLESS = "GET /api/v1/events"
JOBS = {"queued": "Queued", "running": "Running", "failed": "Failed", "succeeded": "Succeeded"}
SETTINGS: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "phases": (Phase.generate,),
    "suppress_health_check": list(HealthCheck),
}


@pytest.fixture
def schema(namespace: str, tmp_path: Path, api_server: ControlPlane) -> Iterator[Any]:
    """Serve the API on a real API server, a folder and SQLite, with some jobs; return its schema."""
    database = f"sqlite:///{tmp_path}/catalog.db"
    upgrade(database)
    catalog = Catalog.open(database)
    finish(catalog.record([a_record("past", status=succeeded(), manifest=a_manifest())]))
    queue = as_text(ifcqueue_manifest())
    assert api_server.kubectl("create", "-n", namespace, "-f", "-", stdin=queue).returncode == 0
    with api_in_a_thread(namespace, catalog=catalog, store=FolderObjects(tmp_path)) as (url, _):
        for name, phase in JOBS.items():
            body = {"name": name, "source": {"s3Uri": "s3://models/house.ifc"}}
            assert httpx.post(f"{url}/namespaces/{namespace}/jobs", json=body).status_code == 201
            status = ("--subresource=status", "--type=merge", "-p", json.dumps({"status": {"phase": phase}}))
            assert api_server.kubectl("patch", "-n", namespace, "ifcjob", name, *status).returncode == 0
        yield schemathesis.openapi.from_url(f"{url}/openapi.json")
    catalog.close()


def on_existing_objects(case: Case[Any], namespace: str, number: int) -> Case[Any]:
    """Use the namespace that exists, in most cases a job or queue that exists, and short waits."""
    parameters = case.path_parameters or {}
    if "namespace" in parameters:
        parameters["namespace"] = "bim" if "/history" in case.path else namespace
    if "uid" in parameters and number % 4:
        parameters["uid"] = "past"
    if "name" in parameters and number % 4:
        parameters["name"] = "default" if "/queues/" in case.path else list(JOBS)[number % len(JOBS)]
    return case


def with_short_wait(case: Case[Any]) -> Case[Any]:
    """Shorten a wait of valid length."""
    with suppress(KeyError, TypeError, ValueError):
        if 0 <= float(case.query["seconds"]) <= 300:
            case.query["seconds"] = "0.01"
    return case


def answer_to(case: Case[Any]) -> Any:
    """Send a request; of an endless answer only the first event is read."""
    if case.operation.label != ENDLESS:
        return case.call(timeout=30)
    arguments = case.as_transport_kwargs()
    sent = {name: arguments[name] for name in ("method", "url", "params", "headers", "cookies")}
    with httpx.stream(**sent, timeout=30) as stream:
        content = b""
        for chunk in stream.iter_raw():
            content += chunk
            if stream.is_success and b"\n\n" in content.replace(b"\r\n", b"\n"):
                break
    response = httpx.Response(stream.status_code, headers=stream.headers, content=content, request=stream.request)
    response.elapsed = stream.elapsed
    return response


def validate(case: Case[Any], response: Any, *, alone: bool = True) -> None:
    """Compare an answer with the document. A request after others may be valid, but not in this state."""
    excluded: list[Any] = []
    if case.operation.label == ENDLESS:
        excluded.append(checks.response_schema_conformance)  # the schema is that of the text, not of an event
    depends_on_state = not alone or response.status_code in (PRECONDITION_FAILED, RANGE_NOT_SATISFIABLE)
    if depends_on_state or case.operation.label in MAY_REFUSE_VALID or MAY_BE_INVALID & set(case.query or ()):
        excluded.append(checks.positive_data_acceptance)
    case.validate_response(response, excluded_checks=excluded)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["valid", "invalid"])
def test_every_answer_follows_the_document(schema: Any, namespace: str, mode: GenerationMode) -> None:
    numbers = iter(range(1_000_000))

    def check(case: Case[Any]) -> None:
        if mode == GenerationMode.POSITIVE:  # an invalid parameter must stay so
            case = on_existing_objects(case, namespace, next(numbers))
        validate(case, answer_to(with_short_wait(case)))

    limited = hypothesis.settings(max_examples=6, **SETTINGS)
    failures: list[Exception] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        try:
            strategy: SearchStrategy[Case[Any]] = operation.as_strategy(generation_mode=mode)
            limited(hypothesis.given(strategy)(check))()
        except hypothesis.errors.Unsatisfiable:
            assert mode == GenerationMode.NEGATIVE, f"{operation.label}: there is no valid request"
        except Exception as error:  # noqa: BLE001 - one operation does not hide the others
            failures.append(error)
    if failures:
        raise ExceptionGroup("answers that do not follow the document", failures)


def test_sequences_of_operations_follow_the_document(schema: Any, namespace: str) -> None:
    numbers = iter(range(1_000_000))
    machine: type[APIStateMachine] = schema.as_state_machine()

    class Sequences(machine):  # type: ignore[valid-type,misc]
        def before_call(self, case: Case[Any]) -> None:
            if case.path_parameters and "namespace" in case.path_parameters:
                case.path_parameters["namespace"] = quote(namespace)
            with_short_wait(case)
            next(numbers)

        def call(self, case: Case[Any], **_: Any) -> Any:
            return answer_to(case)

        def validate_response(self, response: Any, case: Case[Any], *_: Any, **__: Any) -> None:
            validate(case, response, alone=False)

    Sequences.run(settings=hypothesis.settings(max_examples=15, stateful_step_count=6, **SETTINGS))
    assert next(numbers) > 30, "the machine made requests"
