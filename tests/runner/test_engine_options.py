"""The child processes' options are those of the contract."""

import pytest

from ifcjob import options as contract
from ifcjob_runner import engine_options


@pytest.mark.parametrize("name", ["GltfOptions", "PropertiesOptions"])
def test_options_of_the_children_have_the_contract_fields(name: str) -> None:
    plain, checked = getattr(engine_options, name), getattr(contract, name)
    assert list(plain.__annotations__) == list(checked.model_fields)


def test_operations_without_options_have_none_in_the_contract() -> None:
    assert not contract.MetadataOptions.model_fields
    assert not contract.SpatialTreeOptions.model_fields


def test_options_keep_their_values() -> None:
    requested = contract.Operations(
        properties=contract.PropertiesOptions(formats=["csv"]),
        gltf=contract.GltfOptions(origin="explicit", origin_offset=(1.0, 2.0, 3.0), storeys=["EG"]),
    )
    operations = engine_options.Operations(requested.model_dump(mode="json"))
    assert (operations.metadata, operations.spatial_tree) == (False, False)
    assert operations.properties is not None
    assert operations.properties.formats == ["csv"]
    assert operations.gltf is not None
    assert requested.gltf is not None
    assert vars(operations.gltf) == requested.gltf.model_dump(mode="json")
