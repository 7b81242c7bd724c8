"""Examples of artifacts."""

from typing import Any

from ifcjob_api.examples.operation import Example, answer, header

SHA256 = "4b227777d4dd1fc61c6f884f48641d02b4d121d3fd328cb08b5531fcacdabf8a"
_PATH = "/api/v1/namespaces/bim/jobs/house/artifacts/model.glb"
_GLB: Example = {"name": "model.glb", "mediaType": "model/gltf-binary", "bytes": 1_048_576, "sha256": SHA256}
LIST: Example = {"items": [_GLB | {"url": _PATH, "contentUrl": f"{_PATH}/{SHA256}"}]}
LINK = _GLB | {
    "fileName": "house-model.glb",
    "url": "https://s3.example.com/ifcjob-artifacts/bim/house/6f0c2a9e-1/model.glb?X-Amz-Signature=5d67",
    "expiresAt": "2026-11-30T09:00:00Z",
}
_HEADERS = {
    "ETag": header("The checksum.", f'"{SHA256}"'),
    "Accept-Ranges": header("`bytes`: parts can be requested.", "bytes"),
    "Content-Disposition": header("Name under which a browser saves it.", 'attachment; filename="house-model.glb"'),
}
_RANGE = {"Content-Range": header("The part, and the size of the file.", "bytes 0-1023/1048576")}
CONTENT: dict[int | str, dict[str, Any]] = {
    200: answer("glTF…", "The file, in its own media type.", "application/octet-stream", headers=_HEADERS),
    206: answer("glTF…", "The requested part.", "application/octet-stream", headers=_HEADERS | _RANGE),
    304: {"description": "Unchanged."},
}
