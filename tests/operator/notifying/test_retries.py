"""When a notification is sent again."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from ifcjob_catalog import Tried
from ifcjob_operator.notifying.retries import LONGEST_WAIT, after_answer, after_error
from tests.operator.notifying.receivers import delivery
from tests.support.builders import NOW

WAITING = delivery("https://hooks.example.com", expires_at=NOW + timedelta(hours=24))


@pytest.mark.parametrize("status", [200, 202, 204])
def test_success_ends_it(status: int) -> None:
    assert after_answer(WAITING, status, {}, NOW) == Tried()


def test_gone_gives_it_up() -> None:
    assert after_answer(WAITING, 410, {"Retry-After": "5"}, NOW).retry_at is None


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500])
def test_other_answers_are_tried_again(status: int) -> None:
    tried = after_answer(WAITING, status, {}, NOW)
    assert tried.retry_at is not None
    assert str(status) in str(tried.error)


@pytest.mark.parametrize("value", ["600", format_datetime(NOW + timedelta(seconds=600), usegmt=True)])
def test_retry_after_is_kept(value: str) -> None:
    assert after_answer(WAITING, 503, {"Retry-After": value}, NOW).retry_at == NOW + timedelta(seconds=600)


@pytest.mark.parametrize("value", ["soon", "-5", "999999999999999", ""])
def test_a_malformed_retry_after_does_not_count(value: str) -> None:
    tried = after_answer(WAITING, 503, {"Retry-After": value}, NOW)
    assert tried.retry_at is not None
    assert tried.retry_at <= NOW + timedelta(seconds=5)


def test_a_retry_after_beyond_the_end_gives_it_up() -> None:
    assert after_answer(WAITING, 503, {"Retry-After": "90000"}, NOW).retry_at is None


def test_waits_double_with_jitter_up_to_a_limit() -> None:
    for tries, longest in ((0, 5), (1, 10), (6, 320), (20, LONGEST_WAIT.total_seconds()), (900, 14_400)):
        waits = set()
        for _ in range(50):
            retry_at = after_error(delivery("https://x", tries=tries, expires_at=WAITING.expires_at), "", NOW).retry_at
            assert retry_at is not None
            waits.add((retry_at - NOW).total_seconds())
        assert longest / 2 <= min(waits) <= max(waits) <= longest
        assert len(waits) > 10


def test_it_is_given_up_after_a_day() -> None:
    assert after_error(WAITING, "no", NOW + timedelta(hours=24)).retry_at is None
