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
    existing = {str(path.relative_to(templates)) for path in templates.rglob("*.*") if not path.name.startswith("_")}
    # helm-unittest's YAML differs from PyYAML's: read only the part before the tests.
    heads = [yaml.safe_load(suite.read_text(encoding="utf-8").partition("\ntests:")[0]) for suite in SUITES]
    tested = {path.removeprefix("templates/") for head in heads for path in head["templates"]}
    assert existing - tested == set()
    assert tested - existing == set()
