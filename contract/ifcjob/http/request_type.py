"""The base class of what clients send."""

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import InitErrorDetails

from ifcjob.base_type import ContractType

Location = tuple[str | int, ...]


class RequestType(ContractType):
    """A body or a set of parameters; unknown fields are refused, at any depth, because they are mistakes."""

    # FastAPI silences a warning of pydantic about its own parameters only while it builds them.
    model_config = ConfigDict(extra="forbid", defer_build=False)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_fields(cls, value: Any) -> Any:
        """Refuse those of nested types, which ignore them elsewhere: a newer peer may send them."""
        unknown = [
            InitErrorDetails(type="extra_forbidden", loc=location, input=given)
            for name, types in _nested(cls).items()
            if isinstance(value, dict) and name in value
            for location, given in _unknown(types, value[name], (name,))
        ]
        if unknown:
            raise ValidationError.from_exception_data(cls.__name__, unknown)
        return value


@cache
def _nested(model: type[BaseModel]) -> dict[str, list[type[BaseModel]]]:
    """Return the fields that hold other types, by both names, with these types."""
    fields = [(name, field, list(_types(field.annotation))) for name, field in model.model_fields.items()]
    return {key: types for name, field, types in fields if types for key in (name, field.alias or name)}


def _types(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        if not issubclass(annotation, RequestType):  # checks itself
            yield annotation
        return
    for argument in get_args(annotation):
        yield from _types(argument)


def _unknown(types: list[type[BaseModel]], value: Any, location: Location) -> Iterator[tuple[Location, Any]]:
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _unknown(types, item, (*location, place))
    if not isinstance(value, dict):
        return
    known = {key for model in types for name, field in model.model_fields.items() for key in (name, field.alias)}
    for name in sorted(value.keys() - known, key=str):
        yield (*location, name), value[name]
    for model in types:
        for name, nested in _nested(model).items():
            if name in value:
                yield from _unknown(nested, value[name], (*location, name))
