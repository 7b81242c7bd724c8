"""`make test` runs the browser tests too when others fail, and fails when either do."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("others", "browser", "closing"),
    [
        (0, 0, ""),
        (1, 0, "failed: tests without browsers"),
        (0, 1, "failed: browser tests"),
        (1, 1, "failed: tests without browsers, browser tests"),
    ],
    ids=["none", "others", "browser", "both"],
)
def test_every_part_of_the_tests_runs_and_failures_are_named_last(
    tmp_path: Path, others: int, browser: int, closing: str
) -> None:
    """Fakes of the programs stand for the tests."""
    (tmp_path / "python").write_text("#!/bin/sh\n", encoding="utf-8")
    (tmp_path / "pytest").write_text(
        f'#!/bin/sh\necho "ran $*"\ncase "$*" in *--ignore*) exit {others};; *) exit {browser};; esac\n',
        encoding="utf-8",
    )
    for program in tmp_path.iterdir():
        program.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--silent", "--assume-old=.venv/.ready", "test", f"RUN={tmp_path}/"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert [line.endswith("tests/web") for line in lines if line.startswith("ran ")] == [True, True]
    assert [line for line in lines if not line.startswith("ran ")] == ([closing] if closing else [])
    assert (done.returncode != 0) == bool(closing)
