"""Each kind of work at n and at 4n."""

from dataclasses import dataclass

from ..bars import Bar, Spread
from ..engine.proxy import Missing
from ..processes import BenchError, Child
from ..report import say, table
from ..targets import Redis
from .keys import CONVENTIONS
from .kinds import KINDS
from .meters import CPUMeter

# Four times the amount may cost this much more: a tenth for what does not depend on the amount alone.
MOST = 4.4
TIMES = 4


@dataclass(frozen=True)
class Growth:
    """What one kind has cost at n and at 4n."""

    once: float
    four: float

    @property
    def factor(self):
        return self.four / self.once if self.once > 0 else 0


def grow(kind_class, meter, directory, count, number):
    """Measures one kind at `count` and at four times `count`, through a Freshet of its own."""
    label = f"growth {kind_class.__name__.lower()} {number}"
    lines = (*CONVENTIONS, "drain-latency 0", "cascade-deadline 60s", *kind_class.directives)
    freshet = meter.start(label, directory, lines)
    try:
        kind = kind_class(freshet, meter.redis)
        # What happens once only, such as growing a buffer, happens here.
        _cost(kind, meter, f"warm{number}", max(10, count // 10))
        once = _cost(kind, meter, f"once{number}", count)
        return Growth(once, _cost(kind, meter, f"four{number}", TIMES * count))
    finally:
        kind.freshet.stop()


def _cost(kind, meter, group, count):
    kind.prepare(group, count)
    cost = meter.measure(kind, group, count)
    kind.check(group, count)
    return cost


class GrowthResults:
    def __init__(self):
        self.bars, self.lines = [], []

    def table(self):
        return table(("kind of work", "CPU ms at n", "CPU ms at 4n", "factor"), self.lines)


def measure_growth(directory, options, count=5000):
    """The table of growth, by CPU time of Freshet."""
    results = GrowthResults()
    wanted = [kind for kind in KINDS if options.wants(f"growth, {kind.name}")]
    redis = Redis(directory, "redis of growth") if wanted else None
    for kind in wanted:
        rounds, problem = [], ""
        others = list(Child.running)
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}: growth, {kind.name}")
            try:
                rounds.append(grow(kind, CPUMeter(redis), directory, count, number))
            except (Missing, BenchError) as error:
                problem = str(error).splitlines()[0]
                break
        for child in reversed([child for child in Child.running if child not in others]):
            child.stop()
        _add(results, kind.name, rounds, problem)
    if redis:
        redis.child.stop()
    return results


def _add(results, name, rounds, problem):
    what = f"growth, {name}: four times the amount"
    if problem or not rounds:
        results.bars.append(Bar(what, MOST, True, None, missing=problem))
        return
    factor = Spread.of([growth.factor for growth in rounds])
    once = Spread.of([growth.once * 1000 for growth in rounds]).middle
    four = Spread.of([growth.four * 1000 for growth in rounds]).middle
    results.bars.append(Bar(what, MOST, True, factor))
    results.lines.append((name, f"{once:.0f}", f"{four:.0f}", f"{factor.middle:.2f}"))
