"""The project's units (IfcUnitAssignment): symbols, factors to SI, and the unit of each measure."""

import re
from dataclasses import dataclass

from ifcjob_runner.data import si
from ifcjob_runner.data.attribute_access import Instance, Value, argument, class_of, is_instance, pointers, step_id
from ifcjob_runner.data.document import Unit, Units
from ifcjob_runner.data.model import Model

MAX_DEPTH = 8
KELVIN_OFFSET = 273.15
MEASURE = re.compile("^Ifc(?:Positive|NonNegative)?(.+)Measure$")
QUANTITY_MEASURES = {
    "IfcQuantityLength": "IfcLengthMeasure",
    "IfcQuantityArea": "IfcAreaMeasure",
    "IfcQuantityVolume": "IfcVolumeMeasure",
    "IfcQuantityCount": "IfcCountMeasure",
    "IfcQuantityWeight": "IfcMassMeasure",
    "IfcQuantityTime": "IfcTimeMeasure",
    "IfcQuantityNumber": "IfcNumericMeasure",
}
"""The measure of each quantity class."""


class SymbolOfMeasure(dict[str | None, str | None]):
    """The project unit's symbol for a measure such as `IfcLengthMeasure`; None when it has no unit."""

    def __init__(self, symbols: dict[str, str]) -> None:
        super().__init__({None: None})
        self._symbols = symbols

    def __missing__(self, measure: str | None) -> str | None:
        named = MEASURE.match(measure or "")
        kind = "" if named is None else named.group(1).upper() + "UNIT"
        symbol = self[measure] = self._symbols.get(kind)
        return symbol


@dataclass(frozen=True, slots=True)
class ProjectUnit:
    """One assigned unit; the fields are those of ifcjob.metadata.Unit."""

    type: str
    name: str | None = None
    symbol: str | None = None
    scale: float | None = None
    offset: float | None = None


class ProjectUnits:
    """The units of the first IfcProject."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._symbols: dict[int, str | None] = {}
        self.assigned = self._read_assigned()
        self.symbol_of_measure = SymbolOfMeasure({u.type: u.symbol for u in self.assigned if u.symbol})

    def scale(self, unit_type: str, default: float = 1.0) -> float:
        """Return the factor from the project's unit of a type, such as `LENGTHUNIT`, to SI."""
        return next((u.scale for u in self.assigned if u.type == unit_type and u.scale), default)

    @property
    def length(self) -> float:
        """Metres per length unit."""
        return self.scale("LENGTHUNIT")

    def document(self) -> Units:
        """Return the units for metadata.json."""
        return {
            "lengthScale": self.length,
            "planeAngleScale": self.scale("PLANEANGLEUNIT"),
            "assigned": [_document_of(unit) for unit in self.assigned],
        }

    def symbol(self, unit: Instance | None) -> str | None:
        """Return the symbol of a value's own unit."""
        if not is_instance(unit):
            return None
        number = step_id(unit)
        if number not in self._symbols:
            self._symbols[number] = self._symbol(unit, 0)
        return self._symbols[number]

    def _read_assigned(self) -> list[ProjectUnit]:
        for project in self._model.all("IfcProject"):
            assignment = self._model.attribute(project, "UnitsInContext")
            if is_instance(assignment):
                units = pointers(self._model.read(assignment, 0))
                return [self._unit(u) for u in units]
        return []

    def _unit(self, unit: Instance) -> ProjectUnit:
        kind = class_of(unit)
        symbol = self._symbol(unit, 0)
        if kind == "IfcMonetaryUnit":
            return ProjectUnit(type="MONETARYUNIT", name=symbol, symbol=symbol)
        name = self._model.attribute(unit, "Name")
        if kind == "IfcSIUnit":
            prefix = self._model.attribute(unit, "Prefix")
            name = f"{prefix or ''}{name}"
        offset = KELVIN_OFFSET if name == "DEGREE_CELSIUS" else self._model.attribute(unit, "ConversionOffset")
        return ProjectUnit(
            type=str(self._model.attribute(unit, "UserDefinedType") or self._model.attribute(unit, "UnitType")),
            name=name or symbol,
            symbol=symbol,
            scale=self._scale(unit, 0),
            offset=offset,
        )

    def _symbol(self, unit: Instance, depth: int) -> str | None:
        kind = class_of(unit)
        if kind == "IfcMonetaryUnit":
            return text_or_none(self._model.read(unit, 0))
        if kind == "IfcDerivedUnit":
            return self._derived_symbol(unit, depth)
        name = text_or_none(self._model.attribute(unit, "Name"))
        if kind == "IfcSIUnit":
            prefix = self._model.attribute(unit, "Prefix")
            return si.PREFIXES.get(prefix, ("", 1.0))[0] + si.NAMES.get(name or "", name or "")
        return si.OTHERS.get((name or "").lower(), name)

    def _derived_symbol(self, unit: Instance, depth: int) -> str | None:
        if depth > MAX_DEPTH:
            return None
        above: list[str] = []
        below: list[str] = []
        for element, exponent in self._derived_elements(unit):
            symbol = self._symbol(element, depth + 1) or "?"
            power = abs(exponent)
            (above if exponent > 0 else below).append(_raised(symbol, power))
        if not below:
            return "·".join(above) or None
        divisor = "·".join(below)
        return f"{'·'.join(above) or '1'}/{divisor if len(below) == 1 else f'({divisor})'}"

    def _derived_elements(self, unit: Instance) -> list[tuple[Instance, int]]:
        elements = pointers(self._model.read(unit, 0))
        pairs = [(self._model.read(e, 0), self._model.read(e, 1)) for e in elements]
        return [(u.this, int(exponent or 0)) for u, exponent in pairs if is_instance(u)]

    def _scale(self, unit: Instance, depth: int) -> float | None:
        kind = class_of(unit)
        if depth > MAX_DEPTH:
            return None
        if kind == "IfcSIUnit":
            name, prefix = self._model.attribute(unit, "Name"), self._model.attribute(unit, "Prefix")
            factor = si.PREFIXES.get(prefix, ("", 1.0))[1] ** si.POWERS.get(name, 1)
            # The SI unit of mass is the kilogram, although IFC names the gram.
            return factor * 1e-3 if name == "GRAM" else factor
        if kind == "IfcDerivedUnit":
            return self._derived_scale(unit, depth)
        factor = self._model.attribute(unit, "ConversionFactor")
        return self._conversion_scale(factor, depth) if is_instance(factor) else None

    def _conversion_scale(self, factor: Instance, depth: int) -> float | None:
        value, unit = self._model.read(factor, 0), self._model.read(factor, 1)
        number = argument(value, 0) if is_instance(value) else None
        scale = self._scale(unit, depth + 1) if is_instance(unit) else None
        return float(number) * scale if isinstance(number, int | float) and scale is not None else None

    def _derived_scale(self, unit: Instance, depth: int) -> float | None:
        product = 1.0
        for element, exponent in self._derived_elements(unit):
            scale = self._scale(element, depth + 1)
            if scale is None or (scale == 0 and exponent < 0):
                return None
            product *= scale**exponent
        return product


def _document_of(unit: ProjectUnit) -> Unit:
    return {
        "type": unit.type,
        "name": unit.name,
        "symbol": unit.symbol,
        "scale": unit.scale,
        "offset": unit.offset,
    }


def text_or_none(value: Value) -> str | None:
    """Return a text attribute; None when it is empty or not a text."""
    return value if isinstance(value, str) and value else None


def _raised(symbol: str, power: int) -> str:
    if power == 1:
        return symbol
    # m² to the power of 2 is not m²².
    inner = f"({symbol})" if symbol[-1:] in "²³" else symbol
    return inner + str(power).translate(si.SUPERSCRIPTS)
