"""Write names and types of settings into the chart's values.schema.json: `python -m tools.chart_schema [--check]`."""

import json
import re
import sys
from typing import Any

from pydantic_settings import BaseSettings

from ifcjob.reference.pages import write_pages
from ifcjob_api.settings import ApiSettings
from ifcjob_backends.settings.environment import variable
from ifcjob_operator.settings.fields import Settings
from tools.cluster.helm import CHART

Schema = dict[str, Any]

PATH = "charts/ifcjob/values.schema.json"
SETTINGS: dict[str, type[BaseSettings]] = {"operatorSettings": Settings, "apiSettings": ApiSettings}
"""The models by the definitions that the generator writes."""
OWN_VALUES = {
    "IFCJOB_NAMESPACES": "watchNamespaces",
    "IFCJOB_QUEUES_FILE": "queues",
    "IFCJOB_OBJECT_STORES_FILE": "objectStores",
    "IFCJOB_SHARDS": "operator.shards",
    "IFCJOB_API_AUTH_MODE": "api.auth.mode",
    "IFCJOB_API_NAMESPACES": "watchNamespaces",
}
"""Settings that other objects of the chart must agree with, such as Roles, by the value that sets both."""
FIXED = {
    "IFCJOB_LEASE_NAME",
    "IFCJOB_LEASE_NAMESPACE",
    "IFCJOB_POD_NAME",
    "IFCJOB_PORT",
    "IFCJOB_API_ADDRESS",
    "IFCJOB_API_CACHE_FOLDER",
    "IFCJOB_API_PORT",
}
"""Settings that only the chart sets."""
_TEXTS = {"integer": "-?[0-9]+", "number": r"-?[0-9]+(\.[0-9]+)?", "boolean": "true|false"}
_LIMITS = ("minimum", "maximum", "exclusiveMinimum")


def current() -> str:
    """Return values.schema.json with the settings of this tree."""
    schema = json.loads((CHART / "values.schema.json").read_text(encoding="utf-8"))
    schema["$defs"] |= {name: settings_schema(kind) for name, kind in SETTINGS.items()}
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def settings_schema(kind: type[BaseSettings]) -> Schema:
    """Return the schema of an object whose keys are the environment variables of a program."""
    about = kind.model_json_schema(by_alias=False)["properties"]
    named = {variable(kind, name): about[name] for name in kind.model_fields}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"const": f"set as {OWN_VALUES[name]}"} if name in OWN_VALUES else _setting(field)
            for name, field in named.items()
            if name not in FIXED
        },
    }


def _setting(field: Schema) -> Schema:
    """Return the schema of a setting: its type, or the same as text. Empty text leaves the variable out."""
    options = [option for option in field.get("anyOf", [field]) if option.get("type") != "null"]
    types = [option["type"] for option in options if option["type"] in _TEXTS]
    limits = {key: option[key] for option in options for key in _LIMITS if key in option}
    texts = "|".join(_text(option) for option in options)
    pattern = {"pattern": f"^({texts})?$"} if texts else {}
    return {"type": [*types, "string"] if types else "string", **limits, **pattern}


def _text(option: Schema) -> str:
    """Return the pattern of a setting's text; empty: any."""
    values = option.get("enum", [option["const"]] if "const" in option else [])
    if values:
        return "|".join(re.escape(value) for value in values)
    return _TEXTS.get(option["type"]) or str(option.get("pattern", "")).removeprefix("^").removesuffix("$")


PAGES = {PATH: current}

if __name__ == "__main__":
    sys.exit(write_pages("tools.chart_schema", __doc__, PAGES, None))
