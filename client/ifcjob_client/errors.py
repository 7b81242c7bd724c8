"""Errors of the client: the server's problems, and a server that does not answer."""

from typing import Any

import httpx


class ApiError(Exception):
    """The server answered with a problem (RFC 9457)."""

    def __init__(
        self, status: int, code: str, detail: str, *, errors: list[dict[str, str]], retry_after: float
    ) -> None:
        """Take the fields of the problem; `retry_after` is 0 when the server names no time."""
        super().__init__(detail)
        self.status, self.code, self.detail, self.errors, self.retry_after = (
            status,
            code,
            detail,
            tuple(errors),
            retry_after,
        )

    def __str__(self) -> str:
        """Return detail and invalid fields for people."""
        fields = "".join(f"\n  {error.get('pointer')}: {error.get('detail')}" for error in self.errors)
        return f"{self.detail}{fields}"


class ServerUnreachable(Exception):
    """There was no answer, or it was not the API's."""


def raise_for(response: httpx.Response) -> None:
    """Raise ApiError for a problem, and ServerUnreachable for another server's error page."""
    if response.is_success or response.status_code == httpx.codes.NOT_MODIFIED:
        return
    problem = _problem(response)
    if problem is None:
        message = f"{response.request.url.host} answers {response.status_code} without a problem: is it an ifcjob API?"
        raise ServerUnreachable(message)
    after = response.headers.get("Retry-After", "")
    raise ApiError(
        response.status_code,
        str(problem.get("code", "")),
        str(problem.get("detail") or problem.get("title") or response.reason_phrase),
        errors=list(problem.get("errors") or ()),
        retry_after=float(after) if after.isdecimal() else 0.0,
    )


def _problem(response: httpx.Response) -> dict[str, Any] | None:
    if not response.headers.get("Content-Type", "").startswith("application/problem+json"):
        return None
    try:
        problem = response.json()
    except ValueError:
        return None
    return problem if isinstance(problem, dict) else None
