"""The name of a job's file for people: as it was uploaded, else the end of its address."""

from collections.abc import Mapping

from ifcjob_api.live.annotations import FILE_NAME
from ifcjob_backends.cluster.objects import Json


def file_name(item: Json) -> str | None:
    """Return the name of an IfcJob's file."""
    source = (item.get("spec") or {}).get("source") or {}
    places = (source.get("s3") or {}).get("key"), (source.get("http") or {}).get("url")
    place = next((place for place in (*places, (source.get("pvc") or {}).get("path")) if place), None)
    return recorded_file_name((item.get("metadata") or {}).get("annotations"), place)


def recorded_file_name(annotations: Mapping[str, str] | None, address: str | None) -> str | None:
    """Return the name of the file of a job in the history."""
    name = (annotations or {}).get(FILE_NAME)
    return name or (address or "").partition("?")[0].rstrip("/").rpartition("/")[2] or None
