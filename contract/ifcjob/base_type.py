"""The one base every contract type shares: camelCase in JSON, snake_case in Python, docstrings as descriptions."""

import os

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

BARE = "IFCJOB_BARE_TYPES"
"""A program that describes nothing to nobody sets this variable before it imports the contract."""


class ContractType(BaseModel):
    """A type that crosses a process border as JSON."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        # Pydantic reads the source code for them. A run has no use for them and starts a tenth faster without.
        use_attribute_docstrings=BARE not in os.environ,
        # A newer peer may send fields this release does not know: ignore, never crash.
        extra="ignore",
        ser_json_inf_nan="null",
        # Schemas are built when a type is first used: a run uses few, and starting up costs users time.
        defer_build=True,
    )

    def to_json(self) -> str:
        """Return compact JSON with camelCase names and without unset optional values."""
        return self.model_dump_json(by_alias=True, exclude_none=True)
