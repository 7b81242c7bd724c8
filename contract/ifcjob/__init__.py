"""The words that all ifcjob programs share. Imports pydantic and structlog, and PyYAML where CRDs are written; knows no other package."""

__version__ = "0.1.0"
