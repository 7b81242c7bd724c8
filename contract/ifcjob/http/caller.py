"""The caller and the caller's rights."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from ifcjob.base_type import ContractType

Verb = Literal["get", "list", "watch", "create", "update", "patch", "delete"]


class NamespaceRights(ContractType):
    """The caller's rights in one namespace."""

    namespace: str
    """The namespace."""
    ifcjobs: list[Verb] = Field(default_factory=list)
    """Verbs that the caller may use on jobs."""
    ifcqueues: list[Verb] = Field(default_factory=list)
    """Verbs that the caller may use on queues."""


class Me(ContractType):
    """The caller."""

    name: str
    """The user's name."""
    groups: list[str] = Field(default_factory=list)
    """The user's groups."""
    expires_at: datetime | None = None
    """When the credentials expire."""
    namespaces: list[NamespaceRights] = Field(default_factory=list)
    """Namespaces with jobs or queues in which the caller has rights."""
    max_upload_bytes: int | None = None
    """Maximum size of an upload."""
