"""The settings that `ifcjob serve` makes of its options."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from ifcjob_cli.serve import arguments
from ifcjob_cli.serve.command import _options
from ifcjob_cli.serve.data_folder import opened
from ifcjob_cli.serve.settings import operator_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from ifcjob_cli.options.parser import Commands


def test_web_hosts_of_options_and_environment_are_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IFCJOB_SERVE_HTTP_HOSTS", "plans.example.org")
    parser = argparse.ArgumentParser()
    commands: Commands = parser.add_subparsers()
    arguments.add(commands)
    given = ["--data", str(tmp_path), "--web-host", "files.example.com", "--web-host", "*.example.net:8443"]
    options = _options(parser.parse_args(["serve", *given]))
    with opened(tmp_path) as folder:
        settings = operator_settings(options, folder, "http://127.0.0.1:1")
    assert settings.http_hosts == ("plans.example.org", "files.example.com", "*.example.net:8443")
