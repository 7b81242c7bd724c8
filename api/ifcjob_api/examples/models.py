"""Examples of models and search."""

from typing import Any

SHA256 = "9f86d081884c7d65" * 4
JOB = {"namespace": "bim", "job": "house"}
SUMMARY: dict[str, Any] = {
    "sha256": SHA256,
    **JOB,
    "finishedAt": "2026-11-30T08:00:09Z",
    "fileName": "house.ifc",
    "summary": {"schema": "IFC4", "elements": 82, "inputBytes": 2570803, "artifactBytes": {}, "findings": 0},
    "links": {
        "tree": f"/api/v1/models/{SHA256}/tree",
        "elements": f"/api/v1/models/{SHA256}/elements",
        "facets": f"/api/v1/models/{SHA256}/facets",
        "columns": f"/api/v1/models/{SHA256}/columns",
        "job": "/api/v1/namespaces/bim/jobs/house",
    },
}
MODEL = SUMMARY | {
    "metadata": None,
    "artifacts": [
        {
            "name": "elements.parquet",
            "mediaType": "application/vnd.apache.parquet",
            "bytes": 13206,
            "sha256": "c7f57fc1722d8b9c" * 4,
        }
    ],
}
MODELS = {"items": [SUMMARY], "nextCursor": None}
TREE = {
    "root": {
        "globalId": "0lY6P5Ur90TAQnnnI6wtnb",
        "stepId": 66,
        "class": "IfcProject",
        "name": "House",
        "longName": "Family house",
        "elevation": 0.0,
        "children": [],
        "elements": [],
    },
    "orphans": [],
}
ELEMENT: dict[str, Any] = {
    "stepId": 27163,
    "globalId": "1hOSvn6df7F8_7GcBWlRGQ",
    "class": "IfcDoor",
    "name": "Entrance",
    "storeyName": "Ground floor",
    "matches": [{"condition": "Pset_DoorCommon.FireRating<90", "value": "T30", "unit": None}],
}
ELEMENTS = {"items": [ELEMENT], "total": 1, "nextCursor": None}
DETAILS = {
    "model": SHA256,
    "stepId": 27163,
    "globalId": "1hOSvn6df7F8_7GcBWlRGQ",
    "element": {"stepId": 27163, "globalId": "1hOSvn6df7F8_7GcBWlRGQ", "class": "IfcDoor", "name": "Entrance"},
    "propertySets": [
        {
            "name": "Pset_DoorCommon",
            "values": [{"name": "FireRating", "value": "T30", "valueType": "IfcLabel", "source": "instance"}],
        }
    ],
    "quantitySets": [
        {
            "name": "Qto_DoorBaseQuantities",
            "values": [
                {
                    "name": "Width",
                    "value": "0.885",
                    "number": 0.885,
                    "unit": "m",
                    "valueType": "IfcLengthMeasure",
                    "source": "instance",
                }
            ],
        }
    ],
    "materials": [],
    "classifications": [],
    "relations": [
        {
            "relation": "IfcRelFillsElement",
            "role": "related",
            "name": None,
            "otherStepId": 27100,
            "otherGlobalId": "0LV8Pid0X3IA3jJLVDPidY",
            "otherClass": "IfcOpeningElement",
        }
    ],
    "sameGlobalId": [],
}
_FACET = {"by": "class", "values": [{"value": "IfcDoor", "label": None, "count": 5}], "distinct": 1}
FACETS = {"total": 5, "facets": [_FACET]}
_TEXTS: dict[str, Any] = {"values": [], "index": [None]}
_LISTS: dict[str, Any] = {"values": [], "index": [[]]}
COLUMNS = {
    "total": 1,
    "stepId": [27163],
    "globalId": ["1hOSvn6df7F8_7GcBWlRGQ"],
    "name": ["Entrance"],
    "class": {"values": ["IfcDoor"], "index": [0]},
    "predefinedType": _TEXTS,
    "type": _TEXTS,
    "storey": [None],
    "parent": [-1],
    "layers": _LISTS,
    "materials": {"values": ["Oak"], "index": [[0]]},
    "classifications": _LISTS,
    "triangles": [276],
    "spatial": [],
    "groups": [],
}
_NAME = {"kind": "property", "set": "Pset_DoorCommon", "name": "FireRating"}
PROPERTY_NAMES = {"items": [_NAME | {"elements": 5, "numbers": 0, "distinct": 1, "units": []}]}
VALUES = {
    "property": "Pset_DoorCommon.FireRating",
    "values": [{"value": "T30", "number": None, "unit": None}],
    "stepId": [27163],
    "index": [0],
}
MATCHES = {"stepId": [27163]}
SEARCH_PAGE = {
    "items": [ELEMENT | {"model": SHA256} | JOB],
    "models": 12,
    "searched": 12,
    "skipped": [],
    "nextCursor": None,
}
FOUND_FACETS = FACETS | {"models": 12, "skipped": []}
CSV = """model,namespace,job,stepId,globalId,class,name,problem
9f86d081…,bim,house,27163,1hOSvn6df7F8_7GcBWlRGQ,IfcDoor,Entrance,
"""
