"""Runs the rows of the engine, in rounds, on a Redis of their own."""

from ..processes import BenchError, Child
from ..report import say, table
from ..targets import Redis
from .bare import BareClient
from .beside import Beside
from .crash import Crash
from .drain import Drain
from .durability import Durability
from .proxy import Missing
from .restart import Restart
from .rivals import Rivals
from .roundtrips import RoundTrips

ROWS = (RoundTrips, Rivals, Drain, Beside, Durability, Restart, Crash)


class EngineBench:
    """What the rows share."""

    def __init__(self, directory, generator, options):
        self.directory, self.generator = directory, generator
        self.seconds, self.quick = options.seconds, options.quick
        self.redis = Redis(directory, "redis of the engine")
        self.bare = BareClient(directory)


class EngineResults:
    """Bars and lines of the table of all rows that were wanted."""

    def __init__(self):
        self.bars, self.lines = [], []

    def table(self):
        return table(("what", "how", "measured", ""), self.lines)


def measure_engine(directory, generator, options):
    results = EngineResults()
    wanted = [row for row in ROWS if options.wants(row.name)]
    bench = EngineBench(directory, generator, options) if wanted else None
    # One row after the other, each with all of its rounds: the proxies of the others would only take memory and time.
    for row in wanted:
        _measure(row, bench, options, results)
    if bench:
        bench.redis.child.stop()
    return results


def _measure(row, bench, options, results):
    """A row that cannot be measured has bars that are not met, and say why; the others go on."""
    measured, others = None, list(Child.running)
    try:
        measured = row(bench)
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}: {row.name}")
            measured.run(number)
        results.bars += measured.bars()
        results.lines += measured.lines()
    except (Missing, BenchError) as error:
        say(f"{row.name}: {error}")
        results.bars += row.missing_bars(str(error).splitlines()[0])
    finally:
        if measured:
            measured.stop()
        for child in reversed([child for child in Child.running if child not in others]):
            child.stop()
