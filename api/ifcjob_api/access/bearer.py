"""Bearer tokens of requests, and the answer to a request without a valid one."""

from fastapi import Request

from ifcjob_api.problems import Problem

MAX_TOKEN_LENGTH = 16_384


def bearer_token(request: Request) -> str:
    """Return the token of the Authorization header; Problem 401 without one. Query strings are never read."""
    values = request.headers.getlist("Authorization")
    if len(values) != 1:
        raise unauthenticated("Send one header `Authorization: Bearer <token>`.", error="")
    kind, _, token = values[0].partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token or not token.isascii():
        raise unauthenticated("Send the header `Authorization: Bearer <token>`.", error="")
    if len(token) > MAX_TOKEN_LENGTH:
        raise unauthenticated(f"The token is longer than {MAX_TOKEN_LENGTH} characters.")
    return token


def unauthenticated(detail: str, *, error: str = "invalid_token") -> Problem:
    """Return the problem of a request without valid credentials (RFC 6750)."""
    challenge = 'Bearer realm="ifcjob"' + (f', error="{error}"' if error else "")
    return Problem(401, "Unauthenticated", detail, headers={"WWW-Authenticate": challenge})
