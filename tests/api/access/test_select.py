"""Which access control a setting selects; open access never leaves the machine."""

from __future__ import annotations

from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from ifcjob_api.access.cluster_access import ClusterAccess
from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.access.select import BANNER, access_control
from ifcjob_api.access.token_review import TokenReviews
from ifcjob_api.access.tokens import JsonWebTokens
from ifcjob_api.settings import ApiSettings

NO_CLUSTER = cast("Any", None)


def test_open_access_needs_a_loopback_address() -> None:
    with pytest.raises(ValueError, match="loopback"):
        access_control(ApiSettings(auth_mode="none"), NO_CLUSTER)


def test_open_access_is_announced_in_the_log() -> None:
    with capture_logs() as lines:
        access = access_control(ApiSettings(auth_mode="none", address="loopback"), NO_CLUSTER)
    assert isinstance(access, OpenAccess)
    assert [(line["log_level"], line["event"]) for line in lines] == [("warning", BANNER)]


def test_tokens_are_reviewed_by_kubernetes_unless_there_is_an_issuer() -> None:
    kinds = {
        TokenReviews: ApiSettings(),
        JsonWebTokens: ApiSettings(
            auth_mode="oidc", oidc_issuer="https://issuer.example.com", oidc_audiences=("ifcjob",)
        ),
    }
    for kind, settings in kinds.items():
        access = access_control(settings, NO_CLUSTER)
        assert isinstance(access, ClusterAccess)
        assert isinstance(access._authenticator, kind)
