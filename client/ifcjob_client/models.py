"""Flows about models: elements, properties, counts, and search over all models."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from ifcjob.http.models import ElementDetails, ElementList, FacetList, FoundFacets, FoundList, Model, ModelList
from ifcjob.spatial_tree import SpatialTree
from ifcjob_client.flows import Call, Flow, json_of

Filters = dict[str, Any]
"""Conditions of `conditions`."""


def conditions(
    *,
    ifc_class: Sequence[str] = (),
    name: Sequence[str] = (),
    text: Sequence[str] = (),
    storey: Sequence[str] = (),
    type: Sequence[str] = (),  # noqa: A002 - the parameter's name in the API
    material: Sequence[str] = (),
    classification: Sequence[str] = (),
    properties: Sequence[str] = (),
) -> Filters:
    """Return the parameters that select elements; a property is written as in `Pset_DoorCommon.FireRating<90`."""
    given = {
        "class": ifc_class,
        "name": name,
        "text": text,
        "storey": storey,
        "type": type,
        "material": material,
        "classification": classification,
        "property": properties,
    }
    return {parameter: list(values) for parameter, values in given.items() if values}


def every(*, limit: int = 100, cursor: str | None = None) -> Flow[ModelList]:
    """Return a page of the models that the caller may see, newest first."""
    params = {"limit": limit, "cursor": cursor}
    return ModelList.model_validate((yield from json_of(Call("GET", "/models", params=params))))


def get(sha256: str) -> Flow[Model]:
    """Return a model's metadata and artifacts."""
    return Model.model_validate((yield from json_of(Call("GET", _path(sha256)))))


def tree(sha256: str) -> Flow[SpatialTree]:
    """Return a model's spatial tree."""
    return SpatialTree.model_validate((yield from json_of(Call("GET", f"{_path(sha256)}/tree"))))


def elements(
    sha256: str, filters: Filters | None = None, *, limit: int = 100, cursor: str | None = None
) -> Flow[ElementList]:
    """Return a page of the elements that meet the conditions."""
    params = {**(filters or {}), "limit": limit, "cursor": cursor}
    return ElementList.model_validate((yield from json_of(Call("GET", f"{_path(sha256)}/elements", params=params))))


def element(sha256: str, global_id: str) -> Flow[ElementDetails]:
    """Return one element with its properties, quantities, materials, classifications and relations."""
    call = Call("GET", f"{_path(sha256)}/elements/{quote(global_id, safe='')}")
    return ElementDetails.model_validate((yield from json_of(call)))


def counts(sha256: str, by: Sequence[str], filters: Filters | None = None) -> Flow[FacetList]:
    """Return the numbers of elements by columns or properties."""
    params = {**(filters or {}), "by": list(by)}
    return FacetList.model_validate((yield from json_of(Call("GET", f"{_path(sha256)}/facets", params=params))))


def search(filters: Filters, *, limit: int = 100, cursor: str | None = None) -> Flow[FoundList]:
    """Return a page of the elements of all models that meet the conditions."""
    params = {**filters, "limit": limit, "cursor": cursor}
    return FoundList.model_validate((yield from json_of(Call("GET", "/search", params=params))))


def search_counts(by: Sequence[str], filters: Filters | None = None) -> Flow[FoundFacets]:
    """Return the numbers of elements of all models by columns or properties."""
    params = {**(filters or {}), "by": list(by)}
    return FoundFacets.model_validate((yield from json_of(Call("GET", "/search/facets", params=params))))


def _path(sha256: str) -> str:
    return f"/models/{quote(sha256, safe='')}"
