"""The generated reference is current, complete and truthful."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import get_args

import pytest
import yaml

from ifcjob.conditions import IFCJOB_CONDITIONS, IFCQUEUE_CONDITIONS
from ifcjob.crd.definitions import IFCJOB, IFCQUEUE, Resource, resource_schema
from ifcjob.failures import FAILURES, FailureReason
from ifcjob.manifest import MEDIA_TYPES
from ifcjob.reference.__main__ import CHART, REFERENCE, generated_files, main, stale_files
from ifcjob.reference.schemas import DOCUMENTS, json_schema
from ifcjob.status import ConditionType
from ifcjob.tables import ELEMENTS, PROPERTIES

PROJECT = Path(__file__).resolve().parents[2]


def page_text(name: str) -> str:
    return generated_files()[f"{REFERENCE}/{name}"]


def test_generated_files_match_the_types() -> None:
    assert stale_files(PROJECT) == [], "run `make generate`"


def test_check_names_stale_files_and_writing_repairs_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder in (REFERENCE, "crds", f"{CHART}/crds"):
        shutil.copytree(PROJECT / folder, tmp_path / folder)
    assert main(["--check", "--project", str(tmp_path)]) == 0

    pages = tmp_path / REFERENCE
    (pages / "failure-reasons.md").write_text("by hand")
    (pages / "schemas" / "manifest.schema.json").unlink()
    (pages / "schemas" / "gone.schema.json").write_text("{}")
    (tmp_path / CHART / "crds" / "ifcqueues.yaml").write_text("by: hand")
    (tmp_path / "crds" / "ifcjobs.yaml").write_text("by: hand")
    (tmp_path / "crds" / "gone.yaml").write_text("")
    assert main(["--check", "--project", str(tmp_path)]) == 1
    named = [Path(line.split(" is stale")[0]).name for line in capsys.readouterr().err.splitlines()]
    assert named == [
        "ifcqueues.yaml",
        "gone.yaml",
        "ifcjobs.yaml",
        "failure-reasons.md",
        "gone.schema.json",
        "manifest.schema.json",
    ]

    assert main(["--project", str(tmp_path)]) == 0
    assert stale_files(tmp_path) == []


def test_the_failure_page_has_a_row_per_reason() -> None:
    page = page_text("failure-reasons.md")
    for reason in FailureReason:
        row = FAILURES[reason]
        assert f"\n| `{reason}` | " in page
        assert row.cause in page
        assert row.hint in page


def test_the_artifact_page_describes_every_artifact() -> None:
    page = page_text("artifacts.md")
    for name, media_type in MEDIA_TYPES.items():
        assert f"| `{name}` | `{media_type}` |" in page


def test_the_artifact_page_describes_every_column() -> None:
    page = page_text("artifacts.md")
    for column in (*ELEMENTS, *PROPERTIES):
        assert f"| `{column.name}` | {column.type}" in page
        assert column.description in page


@pytest.mark.parametrize("page", ["artifacts.md", "run-request.md", "ifcjob.md", "ifcqueue.md"])
def test_every_field_on_a_page_has_a_description(page: str) -> None:
    rows = [line.strip("|").split(" | ") for line in page_text(page).splitlines() if line.startswith("| `")]
    assert len(rows) > 10
    assert [row for row in rows if not row[-1].strip()] == []


@pytest.mark.parametrize("page", ["artifacts.md", "run-request.md", "failure-reasons.md", "ifcjob.md", "ifcqueue.md"])
def test_links_of_the_pages_lead_somewhere(page: str) -> None:
    text = page_text(page)
    headings = {
        line.lstrip("# ").lower().replace(" ", "-").replace(".", "") for line in text.splitlines() if line[:1] == "#"
    }
    for target in (part.split(")")[0] for part in text.split("](")[1:]):
        file, _, anchor = target.partition("#")
        assert not file or (PROJECT / REFERENCE / file).exists(), target
        assert file or anchor in headings, target


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schemas_are_camel_case_with_a_description_per_field(name: str) -> None:
    schema = json_schema(DOCUMENTS[name])
    for definition in [schema, *schema.get("$defs", {}).values()]:
        for field, about in definition.get("properties", {}).items():
            assert "_" not in field, field
            assert "description" in about or "$ref" in about, field
    assert json.loads(page_text(f"schemas/{name}.schema.json")) == schema


@pytest.mark.parametrize(("page", "example"), [("ifcjob.md", "ifcjob.yaml"), ("ifcqueue.md", "ifcqueue.yaml")])
def test_the_example_of_a_resource_page_is_in_the_examples(page: str, example: str) -> None:
    shown = yaml.safe_load(page_text(page).split("```yaml\n")[1].split("```")[0])
    written = yaml.safe_load((PROJECT / "examples" / example).read_text(encoding="utf-8"))
    assert shown.pop("spec").items() <= written.pop("spec").items()
    assert shown == written


@pytest.mark.parametrize(("page", "resource"), [("ifcjob.md", IFCJOB), ("ifcqueue.md", IFCQUEUE)])
def test_a_resource_page_goes_from_example_to_debugging_and_has_every_field(page: str, resource: Resource) -> None:
    text = page_text(page)
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings == ["## Example", "## Writing a spec", "## Status", "## Debugging"]
    properties = resource_schema(resource)["properties"]
    for name, field in properties["spec"]["properties"].items():
        assert f"\n### {name}\n\n{field['description']}\n" in text
    for name, field in properties["status"]["properties"].items():
        assert f"\n| `{name}` | " in text
        assert field["description"] in text


def test_the_ifcjob_page_has_a_section_per_condition() -> None:
    assert set(IFCJOB_CONDITIONS) == set(get_args(ConditionType))
    for page, conditions in (("ifcjob.md", IFCJOB_CONDITIONS), ("ifcqueue.md", IFCQUEUE_CONDITIONS)):
        for name, rows in conditions.items():
            section = page_text(page).split(f"\n#### {name}\n")[1].split("\n#")[0]
            assert section.count(f"\n| `{name}` | ") == len(rows)
            assert [row.meaning for row in rows if row.meaning not in section] == []
