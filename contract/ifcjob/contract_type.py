"""The one base every contract type shares: camelCase in JSON, snake_case in Python, docstrings as descriptions."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class ContractType(BaseModel):
    """A type that crosses a process border as JSON."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
        # A newer peer may send fields this release does not know: ignore, never crash.
        extra="ignore",
        ser_json_inf_nan="null",
        # Schemas are built when a type is first used: a run uses few, and starting up costs users time.
        defer_build=True,
    )

    def to_json(self) -> str:
        """Return compact JSON with camelCase names and without unset optional values."""
        return self.model_dump_json(by_alias=True, exclude_none=True)
