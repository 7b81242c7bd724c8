"""The chart's README and its Artifact Hub annotations are up to date."""

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from tests.chart.matrix import objects, program, values
from tests.chart.schemas import write_custom
from tests.chart.test_manifests import faults
from tests.support.chart import CHART
from tests.support.manifests import Manifest
from tools import chart_readme as readme

CHART_FILE: dict[str, Any] = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))


def annotation(name: str) -> Any:
    """Return an Artifact Hub annotation."""
    return yaml.safe_load(CHART_FILE["annotations"][f"artifacthub.io/{name}"])


def test_chart_version_is_the_release() -> None:
    project = tomllib.loads((CHART.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert CHART_FILE["appVersion"] == project["version"]


def test_chart_readme_is_up_to_date() -> None:
    program("helm-docs")
    assert readme.current() == readme.README.read_text(encoding="utf-8"), "run `make generate`"


def test_every_value_has_a_description() -> None:
    table = readme.README.read_text(encoding="utf-8").partition("\n## Values\n")[2]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| ")]
    assert len(rows) > 100
    assert [row[0] for row in rows if not row[-1].strip(" |")] == []


def test_links_of_the_chart_point_to_existing_pages() -> None:
    text = readme.README.read_text(encoding="utf-8")
    linked = re.findall(r"\(https://github\.com/ifcjob/ifcjob/blob/main/([^)#]+)", text)
    assert len(linked) >= 4
    assert [link for link in linked if not (CHART.parents[1] / link).is_file()] == []


def images(made: list[Manifest]) -> set[str]:
    """Return the images of a release's pods, and the runner image in the operator's settings."""
    names = set()
    for item in made:
        spec = item.get("spec", {})
        pod = spec if item["kind"] == "Pod" else spec.get("template", {}).get("spec", {})
        for container in pod.get("containers", []) + pod.get("initContainers", []):
            names.add(container["image"])
            names |= {
                variable["value"] for variable in container.get("env", []) if variable["name"] == "IFCJOB_RUNNER_IMAGE"
            }
    return names


def test_links_of_chart_yaml_point_to_existing_files() -> None:
    home = CHART_FILE["home"]
    assert CHART_FILE["sources"] == [home]
    assert [entry["url"] for entry in CHART_FILE["maintainers"]] == [home]
    addresses = [CHART_FILE["icon"], *(link["url"] for link in annotation("links"))]
    paths = [re.fullmatch(rf"{home}/(?:blob|raw)/main/(.+)", address) for address in addresses]
    assert len(paths) == 4
    assert [path for path in paths if path is None or not (CHART.parents[1] / path[1]).is_file()] == []


def test_artifacthub_images_match_the_chart() -> None:
    (helper,) = values("all-on")["operator"]["initContainers"]
    made = images(objects("all-on"))
    assert {entry["image"] for entry in annotation("images")} == made - {helper["image"]}


def test_artifacthub_crds_match_the_chart() -> None:
    crds = [entry for entry in objects("defaults") if entry["kind"] == "CustomResourceDefinition"]
    made = {
        (entry["metadata"]["name"], entry["spec"]["names"]["kind"], version["name"])
        for entry in crds
        for version in entry["spec"]["versions"]
    }
    assert {(entry["name"], entry["kind"], entry["version"]) for entry in annotation("crds")} == made


def test_crd_examples_are_valid(tmp_path: Path) -> None:
    write_custom(list((CHART / "files" / "crds").glob("*.yaml")), tmp_path / "ours")
    examples = annotation("crdsExamples")
    assert {entry["kind"] for entry in examples} == {entry["kind"] for entry in annotation("crds")}
    assert faults("1.36.3", yaml.safe_dump_all(examples), tmp_path / "ours") == []
    examples[0]["spec"]["typo"] = 1
    assert len(faults("1.36.3", yaml.safe_dump_all(examples), tmp_path / "ours")) == 1
