"""The access control that the settings ask for."""

import structlog

from ifcjob_api.access.cluster_access import Authenticator, ClusterAccess
from ifcjob_api.access.open_access import OpenAccess
from ifcjob_api.access.protocol import AccessControl
from ifcjob_api.access.reviews import AccessReviews
from ifcjob_api.access.signing_keys import SigningKeys
from ifcjob_api.access.token_review import TokenReviews
from ifcjob_api.access.tokens import JsonWebTokens, TokenRules
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.cluster.protocol import KubernetesApi
from ifcjob_backends.tls import client_tls

BANNER = "ANYBODY ON THIS MACHINE MAY DO EVERYTHING: auth.mode is none"

log = structlog.get_logger()


def access_control(settings: ApiSettings, kubernetes: KubernetesApi) -> AccessControl:
    """Return it; ValueError for open access on other addresses than loopback."""
    if settings.auth_mode == "none":
        if settings.address != "loopback":
            raise ValueError("auth.mode none is for a loopback address only")
        log.warning(BANNER)
        return OpenAccess()
    authenticator: Authenticator = TokenReviews(kubernetes, settings.token_audiences)
    if settings.auth_mode == "oidc":
        authenticator = _json_web_tokens(settings)
    return ClusterAccess(authenticator, AccessReviews(kubernetes))


def _json_web_tokens(settings: ApiSettings) -> JsonWebTokens:
    assert settings.oidc_issuer, "read_settings checks it"
    rules = TokenRules(
        issuer=settings.oidc_issuer,
        audiences=settings.oidc_audiences,
        algorithms=settings.oidc_algorithms,
        user_claim=settings.oidc_user_claim,
        user_prefix=settings.oidc_user_prefix,
        groups_claim=settings.oidc_groups_claim,
        groups_prefix=settings.oidc_groups_prefix,
        leeway_seconds=settings.oidc_leeway_seconds,
    )
    return JsonWebTokens(rules, SigningKeys(settings.oidc_issuer, client_tls(settings.oidc_ca_file)))
