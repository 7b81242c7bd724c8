"""`ifcjob catalog` and `python -m ifcjob_catalog`, as processes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from ifcjob_catalog import Catalog
from ifcjob_catalog.connection import database_url, engine_for
from ifcjob_catalog.schema import upgrade
from tests.catalog.records import a_record, succeeded

if TYPE_CHECKING:
    from pathlib import Path

    from ifcjob_catalog import JobRecord
    from tests.support.postgres import Postgres

COMMANDS = {"ifcjob": ["-m", "ifcjob_cli", "catalog"], "module": ["-m", "ifcjob_catalog"]}


def run(*words: str, program: str = "module", **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("IFCJOB_DATABASE")}
    command = [sys.executable, *COMMANDS[program], *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=kept | environment, timeout=60)


def fill(url: str, *records: JobRecord) -> None:
    catalog = Catalog.open(url)
    asyncio.run(catalog.record(records))
    catalog.close()


def as_a_newer_release_leaves_it(url: str) -> None:
    engine = engine_for(database_url(url))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()


@pytest.mark.parametrize("program", COMMANDS)
def test_upgrade_current_downgrade(empty_url: str, tmp_path: Path, program: str) -> None:
    file = tmp_path / "url"
    file.write_text(f"{empty_url}\n", encoding="utf-8")
    from_file = {"IFCJOB_DATABASE_URL_FILE": str(file)}
    before = run("current", program=program, **from_file)
    assert (before.returncode, before.stdout) == (0, "no catalog: create it with `ifcjob catalog upgrade`\n")
    for words in (["upgrade"], ["upgrade"], ["current"]):
        done = run(*words, program=program, **from_file)
        assert (done.returncode, done.stdout, done.stderr) == (0, "0004\n", "")
    assert run("downgrade", "base", program=program, IFCJOB_DATABASE_URL=empty_url).returncode == 0
    assert run("current", "--database-url", empty_url, program=program).stdout == before.stdout


def test_upgrade_by_an_older_release_keeps_a_newer_schema(empty_url: str) -> None:
    upgrade(empty_url)
    as_a_newer_release_leaves_it(empty_url)
    done = run("upgrade", IFCJOB_DATABASE_URL=empty_url)
    assert (done.returncode, done.stdout) == (0, "9999\n")
    assert "newer release" in done.stderr


def test_resubmit_prints_one_manifest_per_line_and_a_count_on_stderr(url: str) -> None:
    fill(url, a_record("u1"), a_record("u2", status=succeeded()), a_record("u3", spec={"priority": 3}))
    done = run("resubmit", "--namespace", "bim", "--since", "2020-01-01T00:00Z", IFCJOB_DATABASE_URL=url)
    assert (done.returncode, done.stderr) == (0, "ifcjob: to resubmit: 2 in namespace bim\n")
    assert [json.loads(line)["metadata"]["name"] for line in done.stdout.splitlines()] == ["job-u1", "job-u3"]
    done = run("resubmit", "--namespace", "other", program="ifcjob", IFCJOB_DATABASE_URL=url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "ifcjob: no IfcJob to resubmit\n")


def test_resubmit_on_an_older_schema_requests_an_upgrade(empty_url: str) -> None:
    upgrade(empty_url, "0001")
    done = run("resubmit", IFCJOB_DATABASE_URL=empty_url)
    assert (done.returncode, done.stdout) == (69, "")
    assert "ifcjob catalog upgrade" in done.stderr


def test_url_option_precedes_file_and_file_precedes_variable(tmp_path: Path) -> None:
    urls = [f"sqlite:///{tmp_path}/{name}.db" for name in ("option", "file", "variable")]
    (tmp_path / "url").write_text(urls[1], encoding="utf-8")
    environment = {"IFCJOB_DATABASE_URL_FILE": str(tmp_path / "url"), "IFCJOB_DATABASE_URL": urls[2]}
    assert run("upgrade", "--database-url", urls[0], **environment).returncode == 0
    assert [path.name for path in tmp_path.glob("*.db")] == ["option.db"]
    assert run("upgrade", **environment).returncode == 0
    assert sorted(path.name for path in tmp_path.glob("*.db")) == ["file.db", "option.db"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["upgrade"], 64, "set IFCJOB_DATABASE_URL_FILE"),
        ([], 64, "COMMAND"),
        (["upgrade", "--databse-url", "postgresql://u:tell-nobody@h/x"], 64, "unknown arguments --databse-url"),
        (["postgresql://u:tell-nobody@h/x"], 64, "invalid choice"),
        (["upgrade", "--database-url", "mysql://u:tell-nobody@h/x"], 64, "write postgresql://"),
        (["resubmit", "--since", "2026-03-01T12:00", "--database-url", "sqlite://"], 64, "not a time with a zone"),
        (["resubmit", "--since", "yesterday", "--database-url", "sqlite://"], 64, "not a time with a zone"),
        (["downgrade", "9999", "--database-url", "sqlite://"], 64, "9999"),
        (["upgrade", "--database-url", "postgresql://u:tell-nobody@127.0.0.1:1/x"], 69, "does not answer"),
        (["upgrade", "--database-url", "sqlite:////no/such/folder/x.db"], 69, "unable to open"),
    ],
)
def test_usage_error_is_one_line_without_the_password(words: list[str], code: int, message: str) -> None:
    done = run(*words)
    assert done.returncode == code
    assert done.stdout == ""
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert "tell-nobody" not in done.stderr


def test_missing_url_file_is_named() -> None:
    done = run("upgrade", IFCJOB_DATABASE_URL_FILE="/no/such/file")
    assert (done.returncode, "/no/such/file" in done.stderr) == (64, True)


def test_wrong_password_is_not_printed(postgres: Postgres) -> None:
    done = run("upgrade", IFCJOB_DATABASE_URL=f"postgresql://ifcjob:tell-nobody@127.0.0.1:{postgres.port}/postgres")
    assert (done.returncode, "password authentication failed" in done.stderr) == (69, True)
    assert "tell-nobody" not in done.stdout + done.stderr
