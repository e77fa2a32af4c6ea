"""The bars: what is measured against what, and whether it is reached."""

from dataclasses import dataclass
from statistics import median

from .targets import HAPROXY, NUTCRACKER, NUTCRACKER4, SHARED


@dataclass(frozen=True)
class Spread:
    """The median of the rounds, and how far they were apart."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, values):
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True)
class Bar:
    """One line of the table of bars; `value` is None where nothing was measured.

    `missing` says what the executable lacks for it: then it counts as not met.
    """

    what: str
    limit: float
    at_most: bool
    value: Spread | None
    unit: str = ""
    missing: str = ""

    @property
    def is_met(self):
        if self.missing:
            return False
        if self.value is None:
            return None
        return self.value.middle <= self.limit if self.at_most else self.value.middle >= self.limit

    @property
    def verdict(self):
        return {True: "met", False: "NOT MET", None: "not measured"}[self.is_met]

    @property
    def limit_text(self):
        return f"{'at most' if self.at_most else 'at least'} {self._number(self.limit)}{self.unit}"

    @property
    def value_text(self):
        if self.missing:
            return self.missing
        if self.value is None:
            return "-"
        middle = f"{self._number(self.value.middle)}{self.unit}"
        if self.value.least == self.value.most:
            return middle
        return f"{middle} ({self._number(self.value.least)}..{self._number(self.value.most)})"

    def _number(self, value):
        return f"{value:.0f}" if self.unit == " B" else f"{value:.1f}" if self.unit else f"{value:.2f}"


def cpu(sample):
    return sample.proxy.total


def throughput(sample):
    return sample.throughput


def p50(sample):
    return sample.p50


def _ratio(rounds, figure, best, rivals):
    """Freshet's figure over that of the rival (the better one, where it was run in two ways), round by round."""
    if not rounds:
        return None
    return Spread.of([figure(samples[SHARED]) / best(figure(samples[rival]) for rival in rivals if rival in samples)
                      for samples in rounds])


def speed_bars(results):
    """`results` are the rounds of each measured row, each round a dictionary of samples by target."""
    by_shape = {(row.clients, row.pipeline, row.operation): rounds for row, rounds in results.items() if row.in_bars}
    nutcracker, haproxy = (NUTCRACKER, NUTCRACKER4), (HAPROXY,)
    limits = [
        ("proxy CPU per request", cpu, True, {1: (0.95, 0.70), 16: (0.30, 0.80)}),
        ("throughput", throughput, False, {1: (1.0, 1.4), 16: (2.0, 1.3)}),
    ]
    bars = []
    for what, figure, at_most, by_pipeline in limits:
        for pipeline, limit_pair in by_pipeline.items():
            for operation in ("GET", "SET"):
                rounds = by_shape.get((50, pipeline, operation))
                for rivals, limit in zip((nutcracker, haproxy), limit_pair):
                    bars.append(Bar(
                        f"{what}, 50 clients, pipeline {pipeline}, {operation}: of {rivals[0]}'s", limit, at_most,
                        _ratio(rounds, figure, min if at_most else max, rivals)))
    bars.append(Bar("p50 of one client, GET: of haproxy's", 1.1, True,
                    _ratio(by_shape.get((1, 1, "GET")), p50, min, haproxy)))
    return bars


def convention_bars(recording, cascading):
    """`recording` maps pipelines to rounds; both hold pairs of samples."""
    def spread(rounds, figure, special):
        return Spread.of([figure(pair[special]) / figure(pair["plain"]) for pair in rounds]) if rounds else None

    return [
        Bar("SET that records one tag, 50 clients: throughput of a plain SET's", 0.75, False,
            spread(recording.get(1), throughput, "tagged")),
        Bar("SET with a computed cascade of 8 keys, one client: p50 of a plain SET's", 1.25, True,
            spread(cascading, p50, "cascade")),
    ]


MEMORY_LIMITS = (
    ("idle", "RSS idle", 16, " MiB"),
    ("per client", "RSS for each of 10,000 idle clients", 2048, " B"),
    ("unread by one", "300 unread replies of 1 MiB to one client: RSS grows", 16, " MiB"),
    ("unread by many", "1 unread reply of 1 MiB to each of 300 clients: RSS grows", 16, " MiB"),
    ("huge SET", "a value of 512 MiB through SET: RSS grows", 16, " MiB"),
    ("huge GET", "a value of 512 MiB through GET: RSS grows", 16, " MiB"),
)


def memory_bars(memory):
    """`memory` maps targets to their figures in bytes."""
    own = memory.get(SHARED, {})
    bars = []
    for key, what, limit, unit in MEMORY_LIMITS:
        value = own.get(key)
        scaled = None if value is None else value / (1 if unit == " B" else 1 << 20)
        bars.append(Bar(what, limit, True, None if scaled is None else Spread.of([scaled]), unit))
    return bars
