"""Log an unexpected error."""

from collections.abc import Callable


class _Receiver:
    """The process that logs for this one, if there is one."""

    send: Callable[[str], None] | None = None


def send_to(send: Callable[[str], None]) -> None:
    """Send tracebacks to another process from now on, which logs them."""
    _Receiver.send = send


def log_traceback(text: str) -> None:
    """Write the traceback, or the engines' last output, to the log."""
    if _Receiver.send is not None:
        _Receiver.send(text)
        return
    import structlog  # costs a tenth of a small run, and only a failing one needs it

    if not structlog.is_configured():
        from ifcjob.logs import configure_logs

        configure_logs()
    structlog.get_logger().error("run failed unexpectedly", traceback=text)
