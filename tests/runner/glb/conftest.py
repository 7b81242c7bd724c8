from tests.support.gltf_validator import gltf_validator

__all__ = ["gltf_validator"]
