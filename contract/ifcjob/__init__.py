"""The words every program of ifcjob shares. Imports pydantic and structlog only, and knows no other package."""

__version__ = "0.1.0"
