"""Kubernetes quantities, such as `500m` CPUs or `2Gi` bytes: the type of a field, and its value as a number."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema

QUANTITY_PATTERN = r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$"
"""What we take: no sign and no exponent; nobody writes them for memory."""

Quantity = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value),
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": True,
            "pattern": QUANTITY_PATTERN,
            "maxLength": 32,
        }
    ),
]

_FACTORS = {
    "": Decimal(1),
    "m": Decimal(1) / 1000,
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTP", start=1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTP", start=1)},
}


def amount(quantity: str) -> float:
    """Return a quantity as a number: bytes of `2Gi`, CPUs of `500m`; ValueError when it is none."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)", quantity)
    if match is None or match[2] not in _FACTORS:
        raise ValueError(f"{quantity!r} is no quantity such as 500m, 2 or 4Gi")
    return float(Decimal(match[1]) * _FACTORS[match[2]])


def as_bytes(quantity: str) -> int:
    """Return a memory or storage quantity in whole bytes."""
    return int(amount(quantity))


def mebibytes(size_bytes: float) -> str:
    """Return bytes as a quantity in whole MiB, rounded up."""
    return f"{-(-int(size_bytes) // 2**20)}Mi"
