"""Tests of images need docker, or buildah as root."""

import pytest

from tools import images


def require_builder() -> None:
    """Prepare the builder of images; skip the test where there is none."""
    try:
        images.engine()
    except LookupError as error:
        pytest.skip(str(error))
    images.prepare()
