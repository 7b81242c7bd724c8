"""Kubernetes quantities, such as `500m` CPUs or `2Gi` bytes: the type of a field, and its value as a number."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic.config import JsonDict

from ifcjob.cel_rules import pattern_message, rule, rules

QUANTITY_PATTERN = r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$"
"""Accepted quantities: without sign and exponent, which are not used for memory."""
_AUTO_PATTERN = f"^auto$|{QUANTITY_PATTERN}"


def _as_text(value: object) -> object:
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(
            f"must be a whole number or text: write '{value}' in quotes, because Kubernetes refuses fractions"
        )
    return str(value) if isinstance(value, int | float) else value


def _quantity(pattern: str, message: str, *checked: JsonDict) -> WithJsonSchema:
    """Return the schema of a quantity for Kubernetes, which also accepts a plain number."""
    return WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": True,
            "pattern": pattern,
            "maxLength": 32,
            **pattern_message(message),
            **rules(*checked),
        }
    )


def _between(least: str, most: str, message: str) -> JsonDict:
    """Return a rule that bounds a quantity; text that is not a quantity has another message."""
    amount = "quantity(string(self))"
    within = f"{amount}.compareTo(quantity('{least}')) >= 0 && {amount}.compareTo(quantity('{most}')) <= 0"
    return rule(f"!isQuantity(string(self)) || ({within})", message)


Quantity = Annotated[str, BeforeValidator(_as_text), Field(max_length=32, pattern=QUANTITY_PATTERN)]
"""Any quantity; fields use one of the types below."""

_BYTES = _between("16Mi", "64Ti", "must be 16Mi to 64Ti, such as 4Gi or 512Mi (512m means half a byte)")
_CPU_MESSAGE = "must be a number of CPUs such as 2 or 500m"

CpuQuantity = Annotated[
    Quantity, _quantity(QUANTITY_PATTERN, _CPU_MESSAGE, _between("50m", "256", "must be 50m to 256 CPUs"))
]
TotalCpuQuantity = Annotated[
    Quantity, _quantity(QUANTITY_PATTERN, _CPU_MESSAGE, _between("50m", "1M", "must be 50m to a million CPUs"))
]
ByteQuantity = Annotated[Quantity, _quantity(QUANTITY_PATTERN, "must be a quantity of bytes such as 4Gi", _BYTES)]
AutoOrBytes = Annotated[
    str,
    BeforeValidator(_as_text),
    Field(max_length=32, pattern=_AUTO_PATTERN),
    _quantity(_AUTO_PATTERN, "must be auto or a quantity of bytes such as 4Gi", _BYTES),
]

_FACTORS = {
    "": Decimal(1),
    "m": Decimal(1) / 1000,
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("kMGTP", start=1)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTP", start=1)},
}


def amount(quantity: str) -> float:
    """Return a quantity as a number: bytes of `2Gi`, CPUs of `500m`; ValueError if it is not a quantity."""
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)", quantity)
    if match is None or match[2] not in _FACTORS:
        raise ValueError(f"{quantity!r} is not a quantity such as 500m, 2 or 4Gi")
    return float(Decimal(match[1]) * _FACTORS[match[2]])


def as_bytes(quantity: str) -> int:
    """Return a memory or storage quantity in whole bytes."""
    return int(amount(quantity))


def mebibytes(size_bytes: float) -> str:
    """Return bytes as a quantity in whole MiB, rounded up."""
    return f"{-(-int(size_bytes) // 2**20)}Mi"


def byte_quantity(size_bytes: int) -> str:
    """Return whole bytes as the shortest exact quantity, such as 1536Mi."""
    suffixes = (*(f"{letter}i" for letter in "PTGMK"), *"PTGMk")
    exact = [suffix for suffix in suffixes if size_bytes and size_bytes % int(_FACTORS[suffix]) == 0]
    return min((f"{size_bytes // int(_FACTORS[suffix])}{suffix}" for suffix in (*exact, "")), key=len)


def whole_mebibytes(size_bytes: float) -> int:
    """Return bytes rounded up to whole MiB."""
    return -(-int(size_bytes) // 2**20) * 2**20
