"""The words that all ifcjob programs share. It imports pydantic and structlog, and PyYAML to write CRDs."""

__version__ = "0.1.0"
