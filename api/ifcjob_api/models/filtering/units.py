"""Units of conditions such as `Width>=900 mm`: symbols as in the `unit` column, and how they convert."""

from typing import NamedTuple

_PREFIXES = {"n": 1e-9, "µ": 1e-6, "m": 1e-3, "c": 1e-2, "d": 1e-1, "": 1.0, "h": 1e2, "k": 1e3, "M": 1e6, "G": 1e9}
_FOOT, _INCH, _YARD, _MILE, _POUND = 0.3048, 0.0254, 0.9144, 1609.344, 0.45359237


class _Scale(NamedTuple):
    """SI value = (value + offset) * factor."""

    factor: float
    offset: float = 0.0


def _prefixed(symbol: str, factor: float = 1.0, prefixes: str = "mckMG", power: int = 1) -> dict[str, _Scale]:
    names = ["", *prefixes]
    return {f"{prefix}{symbol}": _Scale(factor * _PREFIXES[prefix] ** power) for prefix in names}


_KINDS: tuple[dict[str, _Scale], ...] = (
    _prefixed("m", prefixes="nµmcdhk")
    | {"in": _Scale(_INCH), "ft": _Scale(_FOOT), "yd": _Scale(_YARD), "mi": _Scale(_MILE)}
    | {"ftUS": _Scale(1200 / 3937)},
    _prefixed("m²", prefixes="mcdhk", power=2)
    | {"in²": _Scale(_INCH**2), "ft²": _Scale(_FOOT**2), "yd²": _Scale(_YARD**2), "mi²": _Scale(_MILE**2)}
    | {"ha": _Scale(1e4), "ac": _Scale(4046.8564224)},
    _prefixed("m³", prefixes="mcdk", power=3)
    | {"in³": _Scale(_INCH**3), "ft³": _Scale(_FOOT**3), "yd³": _Scale(_YARD**3)}
    | {"L": _Scale(1e-3), "mL": _Scale(1e-6)},
    _prefixed("g", 1e-3, "mkM") | {"t": _Scale(1e3), "lb": _Scale(_POUND), "oz": _Scale(_POUND / 16)},
    _prefixed("s", prefixes="nµm") | {"min": _Scale(60), "h": _Scale(3600), "d": _Scale(86_400)},
    {"K": _Scale(1), "°C": _Scale(1, 273.15), "°F": _Scale(5 / 9, 459.67)},
    {"rad": _Scale(1), "°": _Scale(0.017453292519943295)},
    _prefixed("W"),
    _prefixed("J") | {"kWh": _Scale(3.6e6), "Btu": _Scale(1055.05585262)},
    _prefixed("N") | {"lbf": _Scale(4.4482216152605), "kip": _Scale(4448.2216152605)},
    _prefixed("Pa", prefixes="mhkMG") | {"psi": _Scale(6894.757293168), "ksi": _Scale(6894757.293168)},
    _prefixed("Hz"),
    _prefixed("V"),
    _prefixed("A"),
    {"m/s": _Scale(1), "km/h": _Scale(1 / 3.6), "m/h": _Scale(1 / 3600), "ft/s": _Scale(_FOOT)},
    {"m³/s": _Scale(1), "m³/h": _Scale(1 / 3600), "L/s": _Scale(1e-3), "ft³/min": _Scale(_FOOT**3 / 60)},
    {"kg/m³": _Scale(1), "g/m³": _Scale(1e-3), "lb/ft³": _Scale(_POUND / _FOOT**3)},
)
_SPELLINGS = {"deg": "°", "C": "°C", "F": "°F", "l": "L", "W/m²K": "W/(m²·K)", "W/mK": "W/(m·K)"}
_POWERS = str.maketrans("23", "²³")


def unit_symbol(text: str) -> str:
    """Return the symbol for a unit as users write it: `m2` is `m²`."""
    symbol = text.strip().replace("u", "µ", 1) if text.strip() in ("um", "us") else text.strip()
    symbol = symbol.replace("^", "").translate(_POWERS)
    return _SPELLINGS.get(symbol, symbol)


def in_units_alike(number: float, unit: str) -> dict[str, float]:
    """Return the same quantity in all units of its kind; an unknown unit stands for itself only."""
    symbol = unit_symbol(unit)
    kind = next((kind for kind in _KINDS if symbol in kind), None)
    if kind is None:
        return {symbol: number}
    scale = kind[symbol]
    value = (number + scale.offset) * scale.factor
    return {name: value / other.factor - other.offset for name, other in kind.items()} | {symbol: number}
