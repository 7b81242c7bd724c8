"""Symbols and factors of units, by the names of IfcSIUnitName, IfcSIPrefix and IfcConversionBasedUnit."""

PREFIXES: dict[str, tuple[str, float]] = {
    "EXA": ("E", 1e18),
    "PETA": ("P", 1e15),
    "TERA": ("T", 1e12),
    "GIGA": ("G", 1e9),
    "MEGA": ("M", 1e6),
    "KILO": ("k", 1e3),
    "HECTO": ("h", 1e2),
    "DECA": ("da", 1e1),
    "DECI": ("d", 1e-1),
    "CENTI": ("c", 1e-2),
    "MILLI": ("m", 1e-3),
    "MICRO": ("µ", 1e-6),
    "NANO": ("n", 1e-9),
    "PICO": ("p", 1e-12),
    "FEMTO": ("f", 1e-15),
    "ATTO": ("a", 1e-18),
}
"""Symbol and factor."""

NAMES: dict[str, str] = {
    "AMPERE": "A",
    "BECQUEREL": "Bq",
    "CANDELA": "cd",
    "COULOMB": "C",
    "CUBIC_METRE": "m³",
    "DEGREE_CELSIUS": "°C",
    "FARAD": "F",
    "GRAM": "g",
    "GRAY": "Gy",
    "HENRY": "H",
    "HERTZ": "Hz",
    "JOULE": "J",
    "KELVIN": "K",
    "LUMEN": "lm",
    "LUX": "lx",
    "METRE": "m",
    "MOLE": "mol",
    "NEWTON": "N",
    "OHM": "Ω",
    "PASCAL": "Pa",
    "RADIAN": "rad",
    "SECOND": "s",
    "SIEMENS": "S",
    "SIEVERT": "Sv",
    "SQUARE_METRE": "m²",
    "STERADIAN": "sr",
    "TESLA": "T",
    "VOLT": "V",
    "WATT": "W",
    "WEBER": "Wb",
}
"""Symbols of IfcSIUnitName."""

POWERS = {"SQUARE_METRE": 2, "CUBIC_METRE": 3}
"""The prefix applies to the metre: 1 dm³ is (0.1 m)³."""

OTHERS: dict[str, str] = {
    "inch": "in",
    "foot": "ft",
    "us survey foot": "ftUS",
    "yard": "yd",
    "mile": "mi",
    "square inch": "in²",
    "square foot": "ft²",
    "square yard": "yd²",
    "square mile": "mi²",
    "acre": "ac",
    "hectare": "ha",
    "cubic inch": "in³",
    "cubic foot": "ft³",
    "cubic yard": "yd³",
    "litre": "L",
    "liter": "L",
    "degree": "°",
    "pound": "lb",
    "ounce": "oz",
    "tonne": "t",
    "lbf": "lbf",
    "psi": "psi",
    "ksi": "ksi",
    "kip": "kip",
    "minute": "min",
    "hour": "h",
    "day": "d",
    "btu": "Btu",
    "fahrenheit": "°F",
}
"""Symbols of conversion-based units by the names buildingSMART recommends, in lower case."""

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
