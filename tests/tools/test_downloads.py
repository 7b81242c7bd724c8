"""Downloads are tried again, and a failure carries the error of the client: real clients and a broken proxy show it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from tenacity import wait_none

from tools import downloads, go_programs, npm_packages
from tools.downloads import DownloadFailed, download
from tools.go_programs import ToolsUnavailable, build, files_of, find_go

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULE = "example.com/module@v1.0.0"


class Proxy(BaseHTTPRequestHandler):
    """Refuses everything with a sentence of its own, after serving `answers` in turn."""

    answers: list[bytes | None]
    paths: list[str]

    def do_GET(self) -> None:
        self.paths.append(self.path)
        body = self.answers.pop(0) if self.answers else None
        self.send_response(503 if body is None else 200)
        self.end_headers()
        self.wfile.write(b"the proxy is broken" if body is None else body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def proxy(*answers: bytes | None) -> Iterator[tuple[str, list[str]]]:
    """Serve on loopback; give the URL and the list of the paths asked for."""
    handler = type("Handler", (Proxy,), {"answers": list(answers), "paths": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", handler.paths  # type: ignore[attr-defined]
        finally:
            server.shutdown()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "WAIT", wait_none())


@pytest.fixture
def empty_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give go and npm nothing that was downloaded before."""
    monkeypatch.setenv("GOMODCACHE", str(tmp_path / "go-mod"))
    monkeypatch.setenv("GOFLAGS", "-modcacherw")
    monkeypatch.setenv("GONOSUMDB", "*")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    monkeypatch.setattr(go_programs, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(npm_packages, "CACHE", tmp_path / "cache")


@pytest.fixture
def needing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pin a program that needs a module."""
    if find_go() is None:
        pytest.skip("needs go")
    folder = tmp_path / "modules" / "pause"
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text("module example.com/pause\ngo 1.26.0\nrequire example.com/module v1.0.0\n")
    (folder / "go.sum").write_text(f"{MODULE.replace('@', ' ')} h1:{'A' * 43}=\n")
    (folder / "main.go").write_text('package main\nimport _ "example.com/module"\nfunc main() {}\n')
    monkeypatch.setattr(go_programs, "MODULES", tmp_path / "modules")


@pytest.mark.usefixtures("empty_caches", "needing")
def test_a_module_that_does_not_come_fails_with_the_error_of_go(monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy() as (url, paths):
        monkeypatch.setenv("GOPROXY", url)
        with pytest.raises(ToolsUnavailable, match=f"{MODULE} cannot be downloaded: .*503") as error:
            files_of("pause", MODULE)
    assert f"reading {url}/example.com/module/@v/v1.0.0." in str(error.value)
    assert len(paths) == downloads.ATTEMPTS


@pytest.mark.usefixtures("empty_caches", "needing")
def test_a_program_whose_module_does_not_come_fails_with_the_error_of_go(monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy() as (url, _):
        monkeypatch.setenv("GOPROXY", url)
        with pytest.raises(ToolsUnavailable, match=r"modules of pause cannot be downloaded: [\s\S]*503"):
            build("pause")


@pytest.mark.usefixtures("empty_caches")
def test_an_npm_package_that_does_not_come_fails_with_the_error_of_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    if not shutil.which("npm"):
        pytest.skip("needs npm")
    monkeypatch.setattr(downloads, "ATTEMPTS", 2)
    with proxy() as (url, paths):
        monkeypatch.setenv("npm_config_registry", url)
        with pytest.raises(ToolsUnavailable, match=r"npm cannot install gltf-validator@\S+: [\s\S]*503"):
            npm_packages.installed(npm_packages.GLTF_VALIDATOR)
    assert paths == ["/gltf-validator"] * 2
    assert list((go_programs.CACHE / "node").iterdir()) == []


def test_a_python_package_that_does_not_come_fails_with_the_error_of_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "ATTEMPTS", 2)
    with proxy() as (url, paths):
        options = [
            "--isolated",
            "--disable-pip-version-check",
            "--no-cache-dir",
            "--retries=0",
            "--no-deps",
            f"--index-url={url}/simple",
        ]
        command = [sys.executable, "-m", "pip", "download", *options, f"--dest={tmp_path}", "ifcjob-absent"]
        with pytest.raises(DownloadFailed, match="No matching distribution found for ifcjob-absent"):
            download(command)
    assert paths == ["/simple/ifcjob-absent/"] * 2


def test_a_client_that_succeeds_at_the_third_attempt_is_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with proxy(None, None, b"here") as (url, paths):
        read = f"import urllib.request; print(urllib.request.urlopen('{url}/file').read().decode())"
        assert download([sys.executable, "-c", read], cwd=tmp_path) == "here\n"
    assert paths == ["/file"] * 3
    assert "attempt 2 of 5 to download failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stdout", "stderr", "error"),
    [
        pytest.param(json.dumps({"Path": "a", "Error": "a: 404"}), "", "a: 404", id="json on stdout"),
        pytest.param("", "no such host\n", "no such host", id="stderr"),
        pytest.param("E: no such file\n", "warning\n", "E: no such file\nwarning", id="both"),
        pytest.param("", "", "exit code 9", id="neither"),
    ],
)
def test_an_error_is_found_wherever_a_client_prints_it(stdout: str, stderr: str, error: str) -> None:
    assert downloads.error_of(subprocess.CompletedProcess([], 9, stdout, stderr)) == error


def test_a_client_that_hangs_is_ended() -> None:
    with pytest.raises(DownloadFailed, match=r"did not end within 0 s"):
        download([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.2)


def test_a_failed_attempt_leaves_no_half_of_what_it_makes(tmp_path: Path) -> None:
    makes = tmp_path / "root"
    with pytest.raises(DownloadFailed, match=r"^no space$"):
        download(["sh", "-c", f"mkdir {makes} && echo no space && exit 1"], makes=makes)
    assert not makes.exists()
