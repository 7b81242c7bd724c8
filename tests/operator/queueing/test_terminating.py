"""IfcJobs in namespaces that are being deleted."""

from __future__ import annotations

from structlog.testing import capture_logs

from ifcjob_operator.queueing.terminating import TerminatingNamespaces


def test_a_namespace_is_logged_once_and_again_after_it_was_recreated() -> None:
    namespaces = TerminatingNamespaces()
    with capture_logs() as log:
        namespaces.add(("bim", "a"), "u1")
        namespaces.add(("bim", "b"), "u2")
        namespaces.add(("bim", "a"), "u1")
        assert [line["namespace"] for line in log] == ["bim"]
        assert namespaces.has(("bim", "a"), "u1")
        assert not namespaces.has(("bim", "a"), "u3"), "it is of the next namespace of this name"
        assert not namespaces.has(("other", "a"), "u1")
        for name in ("a", "b", "never seen"):
            namespaces.discard(("bim", name))
        assert not namespaces.has(("bim", "a"), "u1")
        namespaces.add(("bim", "a"), "u3")
    assert [line["namespace"] for line in log] == ["bim", "bim"]
