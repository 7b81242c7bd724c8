"""The image of the web app: nginx as a strict cluster runs it, in front of an API that answers with its requests."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ifcjob_api.web.policy import content_policy
from tests.image.conftest import built
from tests.image.container import Engine, Sandbox, engine, owned
from tests.image.test_small_images import about
from tools import images

IMAGE_BYTES = 20 * 10**6
INSIDE = Path(__file__).with_name("inside")
NGINX = images.ROOT / "images" / "web" / "nginx.conf"
SITE = {
    "http.conf": "upstream api { server 127.0.0.1:8081; }\n"
    'map "" $store_origin { default " https://s3.example.com"; }\n',
    "listen.conf": "listen 8080;\n",
}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Run Python beside it, in an image of any age."""
    with engine(built("operator"), tmp_path_factory.mktemp("bundles")) as running:
        yield running


@pytest.fixture(scope="module")
def answers(web: Engine, python: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a client beside the web server sees."""
    folder = tmp_path_factory.mktemp("web")
    site = folder / "site"
    site.mkdir()
    for name, text in SITE.items():
        (site / name).write_text(text)
    sandbox = Sandbox({site: "/etc/nginx/site:ro", owned(folder / "tmp"): "/tmp"}, memory=128 * 2**20)
    with web.serve(sandbox, []) as network:
        client = Sandbox({INSIDE: "/inside:ro"}, network=network)
        done = python.run(client, ["python", "/inside/web_client.py"])
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


@pytest.mark.image
def test_the_page_is_revalidated_and_its_scripts_are_kept(answers: dict[str, Any]) -> None:
    page, script = answers["page"], answers["script"]
    assert (page["status"], script["status"]) == (200, 200)
    assert page["headers"]["cache-control"] == "no-cache"
    assert "etag" not in page["headers"], "all files of an image have the same time"
    assert script["headers"]["cache-control"] == "public, max-age=31536000, immutable"
    assert script["headers"]["content-encoding"] == "br"
    assert script["headers"]["content-type"].startswith("application/javascript")
    assert answers["gzip"]["headers"]["content-encoding"] == "gzip"


@pytest.mark.image
def test_pages_are_answered_and_missing_files_are_not(answers: dict[str, Any]) -> None:
    assert answers["address"]["body"] == answers["page"]["body"]
    assert {answers[name]["status"] for name in ("missing", "missing_asset", "not_a_browser")} == {404}
    assert answers["health"]["body"] == "ok\n"


@pytest.mark.image
def test_nginx_sends_the_policy_that_the_api_sends(answers: dict[str, Any]) -> None:
    headers = answers["page"]["headers"]
    assert headers["content-security-policy"] == content_policy("https://s3.example.com")
    assert answers["script"]["headers"]["content-security-policy"] == headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "nginx/" not in headers["server"]


def test_the_policy_of_nginx_is_that_of_the_api() -> None:
    assert f'"{content_policy()}"'.replace("connect-src 'self'", "connect-src 'self'$store_origin") in NGINX.read_text()


@pytest.mark.image
def test_requests_to_the_api_pass_through_as_they_come(answers: dict[str, Any]) -> None:
    api = answers["api"]
    assert api["body"]["path"] == "/api/v1/jobs/a.csv.gz?text=a%2Fb"
    assert api["body"]["authorization"] == "Bearer secret"
    assert api["body"]["host"] == "ifc.example.com"
    assert api["body"]["forwarded"] == "127.0.0.1"
    assert "content-security-policy" not in api["headers"], "the API sends its own"
    assert answers["part"]["body"]["length"] == 20 * 2**20
    assert answers["first_event_seconds"] < 1, "the stream ends after three seconds"


@pytest.mark.image
def test_an_unreachable_api_is_a_problem_that_can_be_retried(answers: dict[str, Any]) -> None:
    down = answers["down"]
    assert (down["status"], down["body"]["code"], down["body"]["retryable"]) == (503, "ApiUnreachable", True)
    assert down["headers"]["content-type"].startswith("application/problem+json")


@pytest.mark.image
def test_the_web_image_has_no_shell_no_python_and_its_records(web: Engine, tmp_path: Path) -> None:
    for program in ("sh", "python"):
        done = web.run(Sandbox({}), [program, "-c", "exit"])
        assert "executable file not found" in done.stdout + done.stderr
    details = about(built("web"))
    labels = (details.get("Config") or details["config"])["Labels"]
    assert labels["org.opencontainers.image.title"] == "ifcjob web"
    archive = tmp_path / "image.tar"
    images.save(built("web"), images.tag("web"), archive)
    assert archive.stat().st_size <= IMAGE_BYTES
