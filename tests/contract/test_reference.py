"""The generated reference is current, complete and truthful."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ifcjob.failures import FAILURES, FailureReason
from ifcjob.manifest import MEDIA_TYPES
from ifcjob.reference.__main__ import generated_files, main, stale_files
from ifcjob.reference.schemas import DOCUMENTS, json_schema
from ifcjob.tables import ELEMENTS, PROPERTIES

REFERENCE = Path(__file__).resolve().parents[2] / "docs" / "reference"


def test_docs_reference_is_what_the_types_say() -> None:
    assert stale_files(REFERENCE) == [], "run `make generate`"


def test_check_names_stale_files_and_writing_repairs_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(REFERENCE, folder)
    assert main(["--check", "--folder", str(folder)]) == 0

    (folder / "failure-reasons.md").write_text("by hand")
    (folder / "schemas" / "manifest.schema.json").unlink()
    (folder / "schemas" / "gone.schema.json").write_text("{}")
    assert main(["--check", "--folder", str(folder)]) == 1
    named = capsys.readouterr().err
    assert all(name in named for name in ("failure-reasons.md", "manifest.schema.json", "gone.schema.json"))
    assert "artifacts.md" not in named

    assert main(["--folder", str(folder)]) == 0
    assert stale_files(folder) == []


def test_every_failure_reason_has_its_row() -> None:
    page = generated_files()["failure-reasons.md"]
    for reason in FailureReason:
        row = FAILURES[reason]
        assert f"\n| `{reason}` | " in page
        assert row.cause in page
        assert row.hint in page


def test_every_artifact_is_described() -> None:
    page = generated_files()["artifacts.md"]
    for name, media_type in MEDIA_TYPES.items():
        assert f"| `{name}` | `{media_type}` |" in page


def test_every_column_is_described() -> None:
    page = generated_files()["artifacts.md"]
    for column in (*ELEMENTS, *PROPERTIES):
        assert f"| `{column.name}` | {column.type}" in page
        assert column.description in page


@pytest.mark.parametrize("page", ["artifacts.md", "run-request.md"])
def test_every_field_has_a_sentence(page: str) -> None:
    rows = [line.strip("|").split(" | ") for line in generated_files()[page].splitlines() if line.startswith("| `")]
    assert len(rows) > 30
    assert [row for row in rows if not row[-1].strip()] == []


@pytest.mark.parametrize("page", ["artifacts.md", "run-request.md", "failure-reasons.md"])
def test_links_of_the_pages_lead_somewhere(page: str) -> None:
    text = generated_files()[page]
    headings = {
        line.lstrip("# ").lower().replace(" ", "-").replace(".", "") for line in text.splitlines() if line[:1] == "#"
    }
    for target in (part.split(")")[0] for part in text.split("](")[1:]):
        file, _, anchor = target.partition("#")
        assert not file or file in generated_files(), target
        assert file or anchor in headings, target


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schemas_are_camel_case_with_a_sentence_for_every_field(name: str) -> None:
    schema = json_schema(DOCUMENTS[name])
    for definition in [schema, *schema.get("$defs", {}).values()]:
        for field, about in definition.get("properties", {}).items():
            assert "_" not in field, field
            assert "description" in about or "$ref" in about, field
    assert json.loads(generated_files()[f"schemas/{name}.schema.json"]) == schema
