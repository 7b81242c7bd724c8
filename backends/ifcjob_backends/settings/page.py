"""The reference page of a program's settings."""

import json
from collections.abc import Mapping

from pydantic_settings import BaseSettings

from ifcjob.reference.fields import table, type_phrase
from ifcjob_backends.settings.environment import variable

_FORMATS = {"path": "path of a file", "uri": "URL without a path", "quantity": "quantity of bytes"}


def settings_page(kind: type[BaseSettings], introduction: str, sections: Mapping[str, str]) -> str:
    """Return the page: a table per section, in the order of `sections`: titles by the settings that begin them."""
    schema = kind.model_json_schema(by_alias=False)
    rows: dict[str, list[list[str]]] = {title: [] for title in sections.values()}
    title = ""
    for name, field in kind.model_fields.items():
        title = sections.get(name, title)
        about = schema["properties"][name]
        phrase = "comma-separated list" if about.get("type") == "array" else type_phrase(about, {})
        phrase = _FORMATS.get(about.get("format", _inner_format(about)), phrase)
        default = "required" if field.is_required() else _default(field.default)
        rows[title].append([f"`{variable(kind, name)}`", phrase, default, about["description"].replace("\n", " ")])
    head = ["variable", "value", "default", "meaning"]
    return "\n".join([introduction, *(f"## {title}\n\n{table(head, cells)}\n" for title, cells in rows.items())])


def _inner_format(about: dict[str, object]) -> object:
    options = about.get("anyOf")
    return (
        next((option["format"] for option in options if "format" in option), None)
        if isinstance(options, list)
        else None
    )


def _default(value: object) -> str:
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict):
        return f"`{json.dumps(value)}`"
    if isinstance(value, tuple) and value:
        return f"`{','.join(map(str, value))}`"
    return "unset" if value in (None, ()) else f"`{value}`"
