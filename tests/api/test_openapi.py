"""The OpenAPI document: current, complete, and with examples that follow its own schemas."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.validators import validator_for

from ifcjob_api.reference import main, openapi_document

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = json.loads(openapi_document())
OPERATIONS = {operation["operationId"]: operation for path in DOCUMENT["paths"].values() for operation in path.values()}
PROTECTED = {name: operation for name, operation in OPERATIONS.items() if "health" not in operation["tags"]}


def test_the_committed_document_is_current() -> None:
    assert main(["--check", "--project", str(ROOT)]) == 0, "run `make generate`"


def test_operation_ids_are_unique_verbs_with_nouns() -> None:
    count = sum(len(path) for path in DOCUMENT["paths"].values())
    assert len(OPERATIONS) == count
    assert [name for name in OPERATIONS if not re.fullmatch(r"[a-z]+([A-Z][a-z]*)+", name)] == []


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_has_summary_description_and_examples(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"]
    lacking = [
        f"{where} {media_type}"
        for where, media_type, content in contents(operation)
        if "example" not in content and "examples" not in content
    ]
    assert lacking == []
    assert any(status.startswith("2") for status in operation["responses"])


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_examples_of_an_operation_follow_its_schemas(name: str) -> None:
    for where, _, content in contents(OPERATIONS[name]):
        for example in examples_of(content):
            errors = [error.message for error in validator(content["schema"]).iter_errors(example)]
            assert errors == [], where


@pytest.mark.parametrize("name", PROTECTED)
def test_a_protected_operation_declares_its_problems(name: str) -> None:
    responses = PROTECTED[name]["responses"]
    assert {"401", "429", "503"} <= set(responses)
    for status, response in responses.items():
        if status >= "400":
            assert set(response["content"]) == {"application/problem+json"}, status


def test_no_key_of_crds_is_published() -> None:
    assert '"x-' not in openapi_document()


def test_every_reference_exists() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    names = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(DOCUMENT)))
    assert names - set(schemas) == set()


def test_a_wrong_example_would_be_noticed() -> None:
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    assert validator_for({"$schema": "https://json-schema.org/draft/2020-12/schema"}) is Draft202012Validator
    assert list(validator(schema).iter_errors({"title": "Not Found"})), "status and code are missing"


def contents(operation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the contents of the request and of all responses."""
    bodies = {"request": operation.get("requestBody", {})} | operation["responses"]
    for where, body in bodies.items():
        for media_type, content in body.get("content", {}).items():
            yield where, media_type, content


def examples_of(content: dict[str, Any]) -> list[Any]:
    values = [example["value"] for example in content.get("examples", {}).values()]
    return values + ([content["example"]] if "example" in content else [])


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema | {"components": DOCUMENT["components"]})
