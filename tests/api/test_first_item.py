"""A body whose first item is read early has all items, and closes its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ifcjob_api.first_item import begun
from tests.support.async_tests import finish

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Source:
    """Items, and whether the generator of them was closed."""

    def __init__(self, *items: int | Exception) -> None:
        self.items, self.is_closed = items, False

    async def read(self) -> AsyncGenerator[int]:
        try:
            for item in self.items:
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self.is_closed = True


@pytest.mark.parametrize("items", [(), (1,), (1, 2, 3)], ids=["none", "one", "three"])
def test_begun_body_has_all_items(items: tuple[int, ...]) -> None:
    async def use() -> None:
        source = Source(*items)
        assert [item async for item in await begun(source.read())] == [*items]
        assert source.is_closed

    finish(use())


def test_error_of_the_first_item_is_raised_at_once() -> None:
    with pytest.raises(OSError, match="gone"):
        finish(begun(Source(OSError("gone")).read()))


def test_body_that_is_left_closes_its_source() -> None:
    async def use() -> None:
        source = Source(1, 2, 3)
        body = await begun(source.read())
        assert await anext(body) == 1
        await body.aclose()
        assert source.is_closed

    finish(use())
