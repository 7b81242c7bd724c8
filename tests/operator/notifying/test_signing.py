"""Signatures that another library verifies."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from ifcjob_operator.notifying.signing import InvalidSecret, signed_headers, signing_keys
from tests.operator.notifying.receivers import NEW, OLD, secret_data

BODY = '{"name": "Büro"}'.encode()


def signed(*secrets: str) -> dict[str, str]:
    return signed_headers("u-1-failed", BODY, signing_keys(secret_data(*secrets)), datetime.now(UTC))


@pytest.mark.parametrize("receiver", [OLD, NEW])
def test_receivers_with_the_old_and_the_new_secret_accept_a_message(receiver: str) -> None:
    Webhook(receiver).verify(BODY, signed(OLD, NEW))


def test_a_receiver_refuses_another_secret_and_a_changed_body() -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY, signed(OLD))
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(BODY + b" ", signed(OLD))


@pytest.mark.parametrize(
    "value",
    ["plain", "whsec_", "whsec_!", "whsec_" + base64.b64encode(b"short").decode(), NEW.removeprefix("whsec_"), "ü"],
)
def test_other_values_are_refused_without_showing_them(value: str) -> None:
    with pytest.raises(InvalidSecret, match="value key-1 is not a signing secret: write whsec_") as refused:
        signing_keys(secret_data(NEW, value))
    assert value == "whsec_" or value not in str(refused.value).partition(":")[0]


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(InvalidSecret, match="has no values"):
        signing_keys({})
