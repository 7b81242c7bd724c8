"""A real API server for tests: etcd and kube-apiserver on loopback, without nodes and controllers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.cluster.control_plane import ControlPlane, on_loopback
from tools.go_programs import ToolsUnavailable, tool

CRDS = Path(__file__).parents[2] / "crds"


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """Run an API server that knows our resources while the tests run."""
    try:
        for name in ("etcd", "kube-apiserver", "kubectl"):
            tool(name)
    except ToolsUnavailable as error:
        pytest.skip(f"needs a real API server: {error}")
    plane = on_loopback(tmp_path_factory.mktemp("control-plane"))
    try:
        plane.start()
        applied = plane.kubectl("apply", "-f", str(CRDS))
        assert applied.returncode == 0, applied.stderr
        ready = plane.kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", str(CRDS))
        assert ready.returncode == 0, ready.stderr
        yield plane
    finally:
        plane.processes.stop_all()
