"""The bars of speed, memory and size as data: the program, the model and the limits of each."""

from dataclasses import dataclass
from enum import StrEnum

from bench.engines import Program, Work

GIBIBYTE = float(1 << 30)


class Metric(StrEnum):
    """A quantity that is measured."""

    WALL = "wall"
    CPU = "CPU"
    MEMORY = "peak memory"
    BYTES = "GLB size"
    INNER = "inner time"


class Basis(StrEnum):
    """The number that a limit applies to."""

    RATIO = "ratio"
    DIFFERENCE = "difference"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Limit:
    """The largest value that passes; without a maximum the number is only shown."""

    metric: Metric
    basis: Basis
    maximum: float | None


@dataclass(frozen=True)
class Bar:
    """A measurement of ifcjob, alone or against a peer."""

    name: str
    sample: str
    subject: Work
    """The work of ifcjob, or of a part of it."""
    peer: Work | None
    limits: tuple[Limit, ...]
    one_cpu: bool = False
    inner: str = ""
    """For the inner time: the name under which both programs report their seconds."""
    max_pairs: int | None = None
    """Fewer pairs than usual, where a run is long or gives the same number each time."""


@dataclass(frozen=True)
class MedianBar:
    """The median ratio of the bars whose names start with a prefix."""

    name: str
    prefix: str
    metric: Metric
    maximum: float


@dataclass(frozen=True)
class Growth:
    """The CPU time per element of a big file against that of a small file of the same building."""

    name: str
    small: str
    big: str
    maximum: float


@dataclass(frozen=True)
class Line:
    """The wall time by which ifcjob exceeds a peer on the files of the corpus: a fixed part, and a part per element."""

    name: str
    peer: Work
    max_bytes: int
    """The size of the largest file."""
    fixed_seconds: float
    """The limit of the fixed part."""
    seconds_per_element: float
    """The limit of the other part."""


IFCJOB = Work(Program.IFCJOB)
GLB = Work(Program.IFCJOB, ("--only", "gltf"))
MESHOPT = Work(Program.IFCJOB, ("--only", "gltf", "--compression", "meshopt"))
OBVIOUS = Work(Program.OBVIOUS)
NATIVE_GLB = Work(Program.OBVIOUS, ("--only", "geometry"))
WEB_IFC = Work(Program.WEB_IFC)
IFC_LITE = Work(Program.IFC_LITE)
DATA = Work(Program.IFCJOB, ("--only", "metadata,spatial-tree,properties"))
IFCFAST = Work(Program.IFCFAST)
IMPORT = Work(Program.PYTHON, ("-c", "import ifcopenshell"))

SMALL = ("duplex_arch", "office_a", "ac20_fzk")
FOUR = (*SMALL, "janesville")
FIVE = (*FOUR, "houten_kozijnen")


def _ratio(metric: Metric, maximum: float | None) -> Limit:
    return Limit(metric, Basis.RATIO, maximum)


def _inner(stage: str, sample: str, maximum: float) -> Bar:
    subject, peer = Work(Program.INNER, (stage,)), Work(Program.OBVIOUS, ("--only", stage))
    return Bar(f"{stage}-{sample}", sample, subject, peer, (_ratio(Metric.INNER, maximum),), inner=stage)


def _memory(workers: int, sample: str, maximum: float) -> Bar:
    subject = Work(Program.IFCJOB, ("--workers", str(workers)))
    return Bar(f"memory-{workers}-{sample}", sample, subject, OBVIOUS, (_ratio(Metric.MEMORY, maximum),))


def _size(name: str, sample: str, subject: Work, maximum: float) -> Bar:
    return Bar(f"{name}-{sample}", sample, subject, NATIVE_GLB, (_ratio(Metric.BYTES, maximum),), max_pairs=1)


def _wall_and_cpu(maximum: float) -> tuple[Limit, ...]:
    return _ratio(Metric.WALL, maximum), _ratio(Metric.CPU, maximum)


CPU_SHOWN = _ratio(Metric.CPU, None)
WITHIN_300_MS = (Limit(Metric.WALL, Basis.DIFFERENCE, 0.30),)

BARS: tuple[Bar, ...] = (
    *(Bar(f"whole-{sample}", sample, IFCJOB, OBVIOUS, _wall_and_cpu(0.16)) for sample in SMALL),
    Bar("whole-janesville", "janesville", IFCJOB, OBVIOUS, _wall_and_cpu(0.20)),
    Bar("one-cpu-duplex_arch", "duplex_arch", IFCJOB, OBVIOUS, _wall_and_cpu(0.18), one_cpu=True),
    *(Bar(f"web-ifc-{sample}", sample, GLB, WEB_IFC, (_ratio(Metric.WALL, 0.75), CPU_SHOWN)) for sample in SMALL),
    *(
        Bar(f"web-ifc-{sample}", sample, GLB, WEB_IFC, (_ratio(Metric.WALL, 1.0), CPU_SHOWN))
        for sample in ("janesville", "mini_project@45", "janesville@100")
    ),
    Bar("web-ifc-flat@45", "flat@45", IFCJOB, WEB_IFC, (_ratio(Metric.WALL, 0.9), CPU_SHOWN)),
    *(Bar(f"ifc-lite-{sample}", sample, IFCJOB, IFC_LITE, WITHIN_300_MS) for sample in SMALL),
    *(
        Bar(f"ifc-lite-{sample}", sample, IFCJOB, IFC_LITE, (_ratio(Metric.WALL, maximum), CPU_SHOWN))
        for sample, maximum in (("janesville", 0.75), ("janesville@100", 0.25), ("flat@45", 1.5))
    ),
    *(Bar(f"ifcfast-{sample}", sample, DATA, IFCFAST, (_ratio(Metric.WALL, 0.4), CPU_SHOWN)) for sample in FIVE),
    *(_inner("properties", sample, 0.30) for sample in FIVE),
    *(_inner("tree", sample, 0.10) for sample in FIVE),
    *(_size("bytes", sample, GLB, 0.75) for sample in FOUR),
    *(_size("meshopt", sample, MESHOPT, 0.30) for sample in FOUR),
    Bar("start", "duplex_arch", Work(Program.INNER, ("start",)), IMPORT, (_ratio(Metric.WALL, 1.2),)),
    Bar("engine-ready", "duplex_arch", Work(Program.INNER, ("engine",)), IMPORT, (_ratio(Metric.WALL, None),)),
    *(_memory(1, sample, 1.0) for sample in FOUR),
    *(_memory(2, sample, 1.6) for sample in FOUR),
    Bar(
        name="big-100",
        sample="janesville@100",
        subject=IFCJOB,
        peer=None,
        limits=(Limit(Metric.WALL, Basis.AMOUNT, 60.0), Limit(Metric.MEMORY, Basis.AMOUNT, 2 * GIBIBYTE)),
        max_pairs=3,
    ),
    Bar(
        name="big-500",
        sample="janesville@500",
        subject=IFCJOB,
        peer=None,
        limits=(Limit(Metric.WALL, Basis.AMOUNT, None), Limit(Metric.MEMORY, Basis.AMOUNT, 6 * GIBIBYTE)),
        max_pairs=1,
    ),
)

MEDIANS: tuple[MedianBar, ...] = (
    MedianBar("whole-median-wall", "whole-", Metric.WALL, 0.15),
    MedianBar("whole-median-cpu", "whole-", Metric.CPU, 0.15),
)

GROWTH: tuple[Growth, ...] = (Growth("cost-per-element", "duplex_arch", "duplex_arch@500", 1.3),)

LINES: tuple[Line, ...] = (Line("ifc-lite-excess", IFC_LITE, 5_000_000, 0.22, 0.06e-3),)
