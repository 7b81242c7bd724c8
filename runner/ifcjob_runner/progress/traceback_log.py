"""Log an unexpected error."""


def log_traceback(text: str) -> None:
    """Write the traceback, or the engines' last output, to the log."""
    import structlog  # costs a tenth of a small run, and only a failing one needs it

    if not structlog.is_configured():
        from ifcjob.logs import configure_logs

        configure_logs()
    structlog.get_logger().error("run failed unexpectedly", traceback=text)
