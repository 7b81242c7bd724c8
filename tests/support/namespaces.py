"""A namespace on the API server for each test that asks for one."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tools.cluster.control_plane import ControlPlane


@pytest.fixture
def namespace(api_server: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a namespace; nobody finalizes it without controllers. The operator's client finds the server."""
    name = f"bim-{uuid.uuid4().hex[:8]}"
    made = api_server.kubectl("create", "namespace", name)
    assert made.returncode == 0, made.stderr
    monkeypatch.setenv("KUBECONFIG", str(api_server.kubeconfig))
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    return name
