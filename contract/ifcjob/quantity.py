"""Kubernetes quantities, such as `500m` CPUs or `2Gi` bytes: the type of a field, and its value as a number."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic.config import JsonDict

from ifcjob.cel_rules import rule, rules, says

QUANTITY_PATTERN = r"^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?$"
"""What we take: no sign and no exponent; nobody writes them for memory."""
_AUTO_PATTERN = f"^auto$|{QUANTITY_PATTERN}"


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) else value


def _quantity(pattern: str, message: str, *checked: JsonDict) -> WithJsonSchema:
    """Describe a quantity to Kubernetes, where a bare number is one too."""
    return WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "x-kubernetes-int-or-string": True,
            "pattern": pattern,
            "maxLength": 32,
            **says(message),
            **rules(*checked),
        }
    )


def _between(least: str, most: str, message: str) -> JsonDict:
    """Bound what is a quantity; text that is none has its own message."""
    amount = "quantity(string(self))"
    within = f"{amount}.compareTo(quantity('{least}')) >= 0 && {amount}.compareTo(quantity('{most}')) <= 0"
    return rule(f"!isQuantity(string(self)) || ({within})", message)


Quantity = Annotated[str, BeforeValidator(_as_text), Field(max_length=32, pattern=QUANTITY_PATTERN)]
"""Any quantity; what a field holds is one of those below."""

_BYTES = _between("16Mi", "64Ti", "must be 16Mi to 64Ti: write Gi or Mi, as in 4Gi (512m is half a byte)")
_SAY_CPUS = "must be a number of CPUs such as 2 or 500m"

CpuQuantity = Annotated[
    Quantity, _quantity(QUANTITY_PATTERN, _SAY_CPUS, _between("50m", "256", "must be 50m to 256 CPUs"))
]
TotalCpuQuantity = Annotated[
    Quantity, _quantity(QUANTITY_PATTERN, _SAY_CPUS, _between("50m", "1M", "must be 50m to a million CPUs"))
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
