"""The GitHub Actions workflows pass actionlint."""

from tests.chart.matrix import run
from tests.support.chart import CHART

WORKFLOWS = sorted((CHART.parents[1] / ".github" / "workflows").glob("*.y*ml"))


def test_actionlint_accepts_the_workflows() -> None:
    assert WORKFLOWS
    done = run("actionlint", "-no-color", *map(str, WORKFLOWS))
    assert done.returncode == 0, done.stdout


def test_actionlint_reports_a_wrong_key() -> None:
    text = WORKFLOWS[0].read_text(encoding="utf-8")
    assert run("actionlint", "-", given=text).returncode == 0
    wrong = run("actionlint", "-", given=text.replace("runs-on:", "run-on:", 1))
    assert wrong.returncode == 1
    assert 'unexpected key "run-on"' in wrong.stdout
