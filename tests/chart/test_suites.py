"""The chart's own helm-unittest suites pass, and every template has one."""

import yaml

from tests.chart.matrix import run
from tests.support.chart import CHART

SUITES = sorted((CHART / "tests").rglob("*_test.yaml"))


def test_every_suite_passes() -> None:
    done = run("helm-unittest", "--strict", "--file", "tests/**/*_test.yaml", str(CHART))
    assert done.returncode == 0, done.stdout
    assert f"Test Suites: {len(SUITES)} passed, {len(SUITES)} total" in done.stdout


def test_every_template_has_a_suite() -> None:
    templates = CHART / "templates"
    found = {str(each.relative_to(templates)) for each in templates.rglob("*.*") if not each.name.startswith("_")}
    # helm-unittest's YAML is not quite PyYAML's: only what is before the tests is read here.
    heads = [yaml.safe_load(suite.read_text(encoding="utf-8").partition("\ntests:")[0]) for suite in SUITES]
    tested = {each.removeprefix("templates/") for head in heads for each in head["templates"]}
    assert found - tested == set()
    assert tested - found == set()
