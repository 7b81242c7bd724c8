"""Installs the middleware in its order."""

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from ifcjob_api import documentation
from ifcjob_api.middleware.authentication import Authentication, RateLimit
from ifcjob_api.middleware.body_limit import BodyLimit
from ifcjob_api.middleware.local_only import LocalOnly
from ifcjob_api.middleware.request_log import PROBES, REQUEST_ID, RequestLog
from ifcjob_api.middleware.security_headers import SecurityHeaders
from ifcjob_api.services import Services
from ifcjob_api.web.app import WebApp

_REQUEST_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID")
_RESPONSE_HEADERS = ("ETag", "Location", "Retry-After", "Content-Range", "Content-Disposition", REQUEST_ID)


def install_middleware(app: FastAPI, services: Services) -> None:
    """Add the middleware from the inside to the outside: an unauthenticated body is never read."""
    settings = services.settings
    is_open = settings.auth_mode == "none"
    docs = documentation.PUBLIC | {str(app.openapi_url)}
    limit = RateLimit(0, 0) if is_open else RateLimit(settings.reads_per_minute, settings.writes_per_minute)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes, seconds=settings.body_seconds)
    app.add_middleware(Authentication, access=services.access, public=PROBES | docs, limit=limit)
    if settings.web_folder is not None:
        app.add_middleware(WebApp, folder=settings.web_folder, store_url=settings.s3_public_endpoint)
    if is_open:
        app.add_middleware(LocalOnly, origins=settings.cors_origins)
    app.add_middleware(RequestLog)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=_REQUEST_HEADERS,
            expose_headers=_RESPONSE_HEADERS,
        )
    app.add_middleware(SecurityHeaders, docs_path=documentation.PAGE)
