"""The chart's README is current, and what Artifact Hub is told of the chart is true."""

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from tests.chart.matrix import objects, program
from tests.chart.schemas import write_custom
from tests.chart.test_manifests import faults
from tests.support.chart import CHART
from tests.support.manifests import Manifest
from tools import chart_readme as readme

CHART_FILE: dict[str, Any] = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))


def annotation(name: str) -> Any:
    """Return what Artifact Hub is told."""
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
    assert [each for each in linked if not (CHART.parents[1] / each).is_file()] == []


def images(made: list[Manifest]) -> set[str]:
    """Return the images that a release's pods name, and the runner's, which the operator is told."""
    found = set()
    for each in made:
        spec = each.get("spec", {})
        pod = spec if each["kind"] == "Pod" else spec.get("template", {}).get("spec", {})
        for container in pod.get("containers", []) + pod.get("initContainers", []):
            found.add(container["image"])
            found |= {one["value"] for one in container.get("env", []) if one["name"] == "IFCJOB_RUNNER_IMAGE"}
    return found


def test_artifacthub_images_match_the_chart() -> None:
    assert {each["image"] for each in annotation("images")} == images(objects("bundled"))


def test_artifacthub_crds_match_the_chart() -> None:
    crds = [each for each in objects("defaults") if each["kind"] == "CustomResourceDefinition"]
    made = {
        (each["metadata"]["name"], each["spec"]["names"]["kind"], version["name"])
        for each in crds
        for version in each["spec"]["versions"]
    }
    assert {(each["name"], each["kind"], each["version"]) for each in annotation("crds")} == made


def test_crd_examples_are_valid(tmp_path: Path) -> None:
    write_custom(list((CHART / "files" / "crds").glob("*.yaml")), tmp_path / "ours")
    examples = annotation("crdsExamples")
    assert {each["kind"] for each in examples} == {each["kind"] for each in annotation("crds")}
    assert faults("1.36.3", yaml.safe_dump_all(examples), tmp_path / "ours") == []
    examples[0]["spec"]["typo"] = 1
    assert len(faults("1.36.3", yaml.safe_dump_all(examples), tmp_path / "ours")) == 1
