"""The STEP header of the file, and the application that wrote it."""

import re

from ifcjob_runner.data.attribute_access import OWNER_HISTORY, Instance, is_instance, pointers, step_id
from ifcjob_runner.data.document import Application, FileDescription, FileFacts
from ifcjob_runner.data.metadata.application import application_of
from ifcjob_runner.data.model import Model

VIEW_DEFINITION = re.compile(r"ViewDefinition\s*\[([^\]]*)\]", re.IGNORECASE)


def describe_file(model: Model, facts: FileFacts) -> FileDescription:
    """Return `file` of metadata.json, from the facts and the STEP header."""
    header = model.file.header
    description, name = header.file_description, header.file_name
    lines = _texts(_value(description, "description"))
    preprocessor = _text(_value(name, "preprocessor_version"))
    originating = _text(_value(name, "originating_system"))
    return {
        "name": facts["name"],
        "bytes": facts["bytes"],
        "sha256": facts["sha256"],
        "schema": model.file.schema,
        "schemaIdentifier": facts.get("schemaIdentifier") or model.file.schema_identifier,
        "description": lines,
        "viewDefinitions": [
            v.strip() for line in lines for m in VIEW_DEFINITION.findall(line) for v in m.split(",") if v.strip()
        ],
        "timestamp": _text(_value(name, "time_stamp")),
        "author": _texts(_value(name, "author")),
        "organization": _texts(_value(name, "organization")),
        "preprocessor": preprocessor,
        "originatingSystem": originating,
        "application": application_of(*_application(model), originating, preprocessor),
        "applications": applications(model),
    }


def applications(model: Model) -> list[Application]:
    """Return every distinct IfcApplication, in the order of the STEP ids."""
    distinct: list[Application] = []
    for application in sorted(pointers(model.all("IfcApplication")), key=step_id):
        developer = model.read(application, 0)
        described: Application = {
            "name": model.text(application, "ApplicationFullName"),
            "version": model.text(application, "Version"),
            "identifier": model.text(application, "ApplicationIdentifier"),
            "developer": model.text(developer, "Name") if is_instance(developer) else None,
        }
        if described not in distinct:
            distinct.append(described)
    return distinct


def _application(model: Model) -> list[str | None]:
    """Return full name with version, and identifier, of the IfcApplication that owns the project, else of the first."""
    candidates = [
        model.read(history, 1)
        for history in (model.read(p, OWNER_HISTORY) for p in model.all("IfcProject"))
        if is_instance(history)
    ]
    application = next((a for a in [*candidates, *model.all("IfcApplication")] if is_instance(a)), None)
    if application is None:
        return []
    version, full_name, identifier = (_text(model.read(application, n)) for n in (1, 2, 3))
    return [" ".join(dict.fromkeys(part for part in (full_name, version) if part)), identifier]


def _value(part: Instance, name: str) -> Instance:
    """Return a header field; None when the header lacks it or the engine cannot read it."""
    try:
        return getattr(part, name)
    except (RuntimeError, AttributeError):
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(values: object) -> list[str]:
    return [v for v in values if isinstance(v, str) and v] if isinstance(values, tuple | list) else []
