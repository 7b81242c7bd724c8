"""One API server for the tests of the resources."""

from __future__ import annotations

from tests.support.kubernetes import api_server

__all__ = ["api_server"]
