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


IFCJOB = Work(Program.IFCJOB)
GLB = Work(Program.IFCJOB, ("--only", "gltf"))
MESHOPT = Work(Program.IFCJOB, ("--only", "gltf", "--compression", "meshopt"))
OBVIOUS = Work(Program.OBVIOUS)
NATIVE_GLB = Work(Program.OBVIOUS, ("--only", "geometry"))
WEB_IFC = Work(Program.WEB_IFC)
IFC_LITE = Work(Program.IFC_LITE)
IMPORT = Work(Program.PYTHON, ("-c", "import ifcopenshell"))

SMALL = ("duplex_arch", "office_a", "ac20_fzk")
FOUR = (*SMALL, "janesville")


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


WALL_AND_CPU = (_ratio(Metric.WALL, 0.20), _ratio(Metric.CPU, 0.20))
CPU_SHOWN = _ratio(Metric.CPU, None)
WITHIN_300_MS = (Limit(Metric.WALL, Basis.DIFFERENCE, 0.30),)

BARS: tuple[Bar, ...] = (
    *(Bar(f"whole-{sample}", sample, IFCJOB, OBVIOUS, WALL_AND_CPU) for sample in FOUR),
    Bar("one-cpu-duplex_arch", "duplex_arch", IFCJOB, OBVIOUS, WALL_AND_CPU, one_cpu=True),
    *(Bar(f"web-ifc-{sample}", sample, GLB, WEB_IFC, (_ratio(Metric.WALL, 0.75), CPU_SHOWN)) for sample in SMALL),
    *(
        Bar(f"web-ifc-{sample}", sample, GLB, WEB_IFC, (_ratio(Metric.WALL, 1.0), CPU_SHOWN))
        for sample in ("janesville", "mini_project@45", "janesville@100")
    ),
    *(Bar(f"ifc-lite-{sample}", sample, IFCJOB, IFC_LITE, WITHIN_300_MS) for sample in SMALL),
    Bar("ifc-lite-janesville", "janesville", IFCJOB, IFC_LITE, (_ratio(Metric.WALL, 1.5), CPU_SHOWN)),
    Bar("ifc-lite-janesville@100", "janesville@100", IFCJOB, IFC_LITE, (_ratio(Metric.WALL, 0.75), CPU_SHOWN)),
    *(_inner("properties", sample, 0.30) for sample in (*FOUR, "houten_kozijnen")),
    *(_inner("tree", sample, 0.10) for sample in (*FOUR, "houten_kozijnen")),
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
