"""Bodies of responses whose first item decides about the status."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import TypeVar, cast

Item = TypeVar("Item")


async def begun(items: AsyncIterator[Item]) -> AsyncGenerator[Item]:
    """Read the first item of a generator, so that an error becomes a status; return all, and close it after them."""
    generator = cast("AsyncGenerator[Item]", items)
    try:
        first = [await anext(generator)]
    except StopAsyncIteration:
        first = []

    async def all_items() -> AsyncGenerator[Item]:
        async with aclosing(generator):
            for item in first:
                yield item
            async for item in generator:
                yield item

    return all_items()
