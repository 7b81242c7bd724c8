"""One structlog set-up for every program: JSON lines, or colours on a terminal; always on stderr."""

import logging
import sys
from typing import Any

import structlog


def configure_logs(*, pretty: bool | None = None, level: int = logging.INFO) -> None:
    """Send events to stderr: coloured when it is a terminal (or `pretty`), else one JSON object a line."""
    if pretty is None:
        pretty = sys.stderr.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("event"),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
