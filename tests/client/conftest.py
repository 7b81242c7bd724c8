"""Fixtures of these tests."""

from tests.support.namespaces import namespace

__all__ = ["namespace"]
