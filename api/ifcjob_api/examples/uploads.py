"""Examples of uploads."""

from typing import Any

from ifcjob_api.examples.operation import Example

_ID = "2b7e" * 8
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
PATH = f"/api/v1/namespaces/bim/uploads/{_ID}"
_JOBS = "/api/v1/namespaces/bim/jobs"
_PART = "https://s3.example.com/ifcjob-uploads/bim/2b7e/source.ifc?partNumber={number}&X-Amz-Signature=5d67"

REQUEST: Example = {"fileName": "house.ifc", "size": 20_000_000, "sha256": _SHA256}
OPEN: Example = {
    "id": _ID,
    "namespace": "bim",
    "fileName": "house.ifc",
    "size": 20_000_000,
    "partSize": 16_777_216,
    "partCount": 2,
    "state": "Open",
    "expiresAt": "2026-12-01T08:00:00Z",
    "uploaded": [1],
    "parts": [],
    "links": {"self": PATH, "parts": f"{PATH}/parts", "complete": f"{PATH}/complete", "jobs": _JOBS},
}
_PARTS = [
    {"number": 1, "offset": 0, "size": 16_777_216, "url": _PART.format(number=1)},
    {"number": 2, "offset": 16_777_216, "size": 3_222_784, "url": _PART.format(number=2)},
]
CREATED = OPEN | {"uploaded": [], "parts": _PARTS, "urlsExpireAt": "2026-11-30T09:00:00Z"}
SIGNED: Example = {"parts": _PARTS[1:], "urlsExpireAt": "2026-11-30T09:00:00Z"}
COMPLETE = OPEN | {
    "state": "Complete",
    "uploaded": [],
    "format": "ifc",
    "schema": "IFC4",
    "sha256": _SHA256,
    "alreadyProcessed": {
        "job": "house",
        "uid": "6f0c2a9e-8d1b-4c53-9a55-3f1f5f0f7c11",
        "sha256": _SHA256,
        "url": f"{_JOBS}/house",
        "modelUrl": f"/api/v1/models/{_SHA256}",
    },
    "links": {"self": PATH, "jobs": _JOBS},
}
PART_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/octet-stream": {
                "schema": {"type": "string", "format": "binary"},
                "example": "ISO-10303-21;\nHEADER;\n",
            }
        },
    }
}
