"""Pure: what a receiver's answer means, and when to try again."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ifcjob_catalog import Delivery, Tried

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=4)
_GONE = 410


def after_answer(delivery: Delivery, status: int, headers: Mapping[str, str], now: datetime) -> Tried:
    """Return the result of a try that was answered."""
    if 200 <= status < 300:
        return Tried()
    if status == _GONE:
        return Tried("HTTP 410: the receiver wants no more of these")
    if 300 <= status < 400:
        return after_error(delivery, f"HTTP {status}: redirects are not followed, name the final URL", now)
    return after_error(delivery, f"HTTP {status}", now, _retry_after(headers.get("Retry-After", ""), now))


def after_error(delivery: Delivery, error: str, now: datetime, not_before: datetime | None = None) -> Tried:
    """Return when to try again: after twice the last wait, with jitter, unless the delivery expires before."""
    wait = min(FIRST_WAIT * 2 ** min(delivery.tries, 20), LONGEST_WAIT) * random.uniform(0.5, 1.0)
    retry_at = max(now + wait, not_before or now)
    return Tried(error, retry_at if retry_at <= delivery.expires_at else None)


def _retry_after(value: str, now: datetime) -> datetime | None:
    """Parse seconds or a date; None for anything else."""
    if value.isascii() and value.isdigit() and len(value) < 9:
        return now + timedelta(seconds=int(value))
    try:
        time = parsedate_to_datetime(value)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
