"""Deliveries in the catalog: claimed by one sender at a time, then kept as delivered, waiting or given up."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select, update

from ifcjob_catalog.notifications.delivery import KEEP_TRYING, Delivery, Tried
from ifcjob_catalog.tables import NOTIFICATION

CLAIM = timedelta(seconds=90)
"""Longer than a try takes: another sender takes over the deliveries of one that died."""
_ERROR_LENGTH = 1000


def claim(connection: Connection, limit: int) -> list[Delivery]:
    """Take deliveries that are due, oldest first; no other sender gets them for a while."""
    now = datetime.now(UTC)
    table = NOTIFICATION.c
    due = (
        select(*(table[name] for name in Delivery.__dataclass_fields__))
        .where(table.next_at <= now)
        .order_by(table.next_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    claimed = [Delivery(**row._mapping) for row in connection.execute(due)]  # noqa: SLF001 - a public API by its documentation
    for delivery in claimed:
        connection.execute(update(NOTIFICATION).where(*_is(delivery)).values(next_at=now + CLAIM))
    return claimed


def keep(connection: Connection, delivery: Delivery, tried: Tried) -> None:
    """Keep the result of a try. One that another sender has delivered meanwhile stays delivered."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {"next_at": tried.retry_at, "error": tried.error and tried.error[:_ERROR_LENGTH]}
    if tried.error is None:
        values |= {"delivered_at": now, "given_up_at": None}
    else:
        values |= {"tries": delivery.tries + 1, "given_up_at": None if tried.retry_at else now}
    connection.execute(update(NOTIFICATION).where(*_is(delivery), NOTIFICATION.c.delivered_at.is_(None)).values(values))


def next_due(connection: Connection) -> datetime | None:
    """Return when the next delivery is due, or None."""
    time: datetime | None = connection.execute(select(func.min(NOTIFICATION.c.next_at))).scalar()
    return time


def given_up(connection: Connection, namespaces: list[str]) -> list[dict[str, Any]]:
    """Return the deliveries that were given up, newest first; of all namespaces if none is named."""
    table = NOTIFICATION.c
    columns = (table.id, table.url, table.namespace, table.tries, table.error, table.created_at, table.given_up_at)
    question = select(*columns).where(*_given_up(namespaces)).order_by(table.given_up_at.desc())
    return [dict(row._mapping) for row in connection.execute(question)]  # noqa: SLF001 - as above


def send_again(connection: Connection, namespaces: list[str], ids: list[str]) -> int:
    """Make deliveries that were given up due now, with a day to try; return their number."""
    now = datetime.now(UTC)
    chosen = [*_given_up(namespaces), *([NOTIFICATION.c.id.in_(ids)] if ids else [])]
    values = {"next_at": now, "expires_at": now + KEEP_TRYING, "tries": 0, "given_up_at": None}
    return connection.execute(update(NOTIFICATION).where(*chosen).values(values)).rowcount


def count_given_up(connection: Connection) -> int:
    """Return how many deliveries are given up."""
    return connection.execute(select(func.count()).where(*_given_up([]))).scalar_one()


def _given_up(namespaces: list[str]) -> list[ColumnElement[bool]]:
    in_namespaces = [NOTIFICATION.c.namespace.in_(namespaces)] if namespaces else []
    return [NOTIFICATION.c.given_up_at.is_not(None), *in_namespaces]


def _is(delivery: Delivery) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return NOTIFICATION.c.id == delivery.id, NOTIFICATION.c.url == delivery.url
