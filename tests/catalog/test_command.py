"""`ifcjob catalog` and `python -m ifcjob_catalog`, as processes."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.postgres import Postgres

COMMANDS = {"ifcjob": ["-m", "ifcjob_cli", "catalog"], "module": ["-m", "ifcjob_catalog"]}


def run(*words: str, program: str = "module", **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IFCJOB_DATABASE")}
    command = [sys.executable, *COMMANDS[program], *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=kept | environment, timeout=60)


@pytest.mark.parametrize("program", COMMANDS)
def test_upgrade_current_downgrade(empty_url: str, tmp_path: Path, program: str) -> None:
    file = tmp_path / "url"
    file.write_text(f"{empty_url}\n", encoding="utf-8")
    from_file = {"IFCJOB_DATABASE_URL_FILE": str(file)}
    before = run("current", program=program, **from_file)
    assert (before.returncode, before.stdout) == (0, "no catalog: `ifcjob catalog upgrade` makes it\n")
    for words in (["upgrade"], ["upgrade"], ["current"]):
        done = run(*words, program=program, **from_file)
        assert (done.returncode, done.stdout, done.stderr) == (0, "0001\n", "")
    assert run("downgrade", "base", program=program, IFCJOB_DATABASE_URL=empty_url).returncode == 0
    assert run("current", "--database-url", empty_url, program=program).stdout == before.stdout


def test_the_file_is_read_before_the_variable_and_the_option_before_both(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path}/{name}.db" for name in ("option", "file", "variable")]
    (tmp_path / "url").write_text(urls[1], encoding="utf-8")
    environment = {"IFCJOB_DATABASE_URL_FILE": str(tmp_path / "url"), "IFCJOB_DATABASE_URL": urls[2]}
    assert run("upgrade", "--database-url", urls[0], **environment).returncode == 0
    assert [path.name for path in tmp_path.glob("*.db")] == ["option.db"]
    assert run("upgrade", **environment).returncode == 0
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["file.db", "option.db"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["upgrade"], 64, "set IFCJOB_DATABASE_URL_FILE"),
        ([], 64, "COMMAND"),
        (["upgrade", "--databse-url", "postgresql://u:tell-nobody@h/x"], 64, "unknown arguments --databse-url"),
        (["postgresql://u:tell-nobody@h/x"], 64, "invalid choice"),
        (["upgrade", "--database-url", "mysql://u:tell-nobody@h/x"], 64, "write postgresql://"),
        (["downgrade", "9999", "--database-url", "sqlite://"], 64, "9999"),
        (["upgrade", "--database-url", "postgresql://u:tell-nobody@127.0.0.1:1/x"], 69, "does not answer"),
        (["upgrade", "--database-url", "sqlite:////no/such/folder/x.db"], 69, "unable to open"),
    ],
)
def test_a_refusal_is_one_line_without_a_password(words: list[str], code: int, says: str) -> None:
    done = run(*words)
    assert done.returncode == code
    assert done.stdout == ""
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert "tell-nobody" not in done.stderr


def test_a_file_that_is_not_there_is_named() -> None:
    done = run("upgrade", IFCJOB_DATABASE_URL_FILE="/no/such/file")
    assert (done.returncode, "/no/such/file" in done.stderr) == (64, True)


def test_a_wrong_password_is_not_printed(postgres: Postgres) -> None:
    done = run("upgrade", IFCJOB_DATABASE_URL=f"postgresql://ifcjob:tell-nobody@127.0.0.1:{postgres.port}/postgres")
    assert (done.returncode, "password authentication failed" in done.stderr) == (69, True)
    assert "tell-nobody" not in done.stdout + done.stderr
