"""When a request is sent again: no answer or 429, 502, 503, 504, and only if it may arrive twice."""

import httpx
from tenacity import RetryCallState, retry_if_exception, stop_after_attempt, wait_random_exponential
from tenacity.retry import retry_base

from ifcjob_client.errors import ApiError, ServerUnreachable
from ifcjob_client.flows import Call

TRIES = 5
BUSY = frozenset({429, 502, 503, 504})
MAX_WAIT_SECONDS = 30.0

stop = stop_after_attempt(TRIES)
_exponential = wait_random_exponential(multiplier=0.2, max=5)


def retry_for(call: Call) -> retry_base:
    """Return tenacity's condition for a call. A 429 was not carried out, so that any call may be repeated."""

    def again(error: BaseException) -> bool:
        if isinstance(error, ApiError):
            return error.status == 429 or (error.status in BUSY and call.is_repeatable)
        return isinstance(error, httpx.TransportError) and call.is_repeatable

    return retry_if_exception(again)


def wait(state: RetryCallState) -> float:
    """Wait as long as the server asks, or a random time that grows."""
    error = state.outcome.exception() if state.outcome else None
    requested = error.retry_after if isinstance(error, ApiError) else 0.0
    return max(float(_exponential(state)), min(requested, MAX_WAIT_SECONDS))


def unreachable(server: str, error: httpx.TransportError) -> ServerUnreachable:
    """Return the error for a server that did not answer."""
    return ServerUnreachable(f"no answer from {server}: {error or type(error).__name__}")
