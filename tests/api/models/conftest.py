"""Fixtures: a folder store with models, and the application over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.models import Models

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi.testclient import TestClient


@pytest.fixture
def models(tmp_path: Path) -> Models:
    """Return an empty store."""
    return Models(tmp_path)


@pytest.fixture
def client(models: Models) -> Iterator[TestClient]:
    """Run the application."""
    with models.client() as client:
        yield client
