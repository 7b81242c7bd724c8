"""The structlog configuration of all programs: JSON lines, or coloured text on a terminal; always on stderr."""

import logging
import sys
from collections.abc import Sequence
from typing import Any

import structlog


def configure_logs(
    *,
    pretty: bool | None = None,
    level: int = logging.INFO,
    libraries: int | None = None,
    filters: Sequence[structlog.typing.Processor] = (),
) -> None:
    """Send events to stderr: as text on a terminal or with `pretty`, else one JSON object per line.

    `libraries` is the level from which log records and warnings of libraries are included; None leaves them out.
    `filters` change an event before it is rendered.
    """
    if pretty is None:
        pretty = sys.stderr.isatty()
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if pretty else structlog.processors.JSONRenderer()
    )
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.EventRenamer("event"),
        *filters,
    ]
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    if libraries is not None:
        _include_libraries(
            libraries, [*processors, structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )


def _include_libraries(level: int, processors: list[Any]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=[structlog.stdlib.add_logger_name, *processors])
    )
    logging.captureWarnings(capture=True)
    logging.basicConfig(level=level, handlers=[handler], force=True)
