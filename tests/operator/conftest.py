"""Fixtures of these tests."""

from tests.support.namespaces import namespace
from tests.support.real_controller import fake

__all__ = ["fake", "namespace"]
