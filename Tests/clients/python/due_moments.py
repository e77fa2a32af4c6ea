"""When cron expressions are due, found minute by minute: what Freshet's search is compared with.

    due_moments.py FILE

Each line of FILE is EXPRESSION|ZONE|FROM|TO, the last two in seconds since 1970. For each, two lines are
printed: the due moments that a walk over every minute finds, and those that the package cronsim finds, or
"unknown" where cronsim's rules differ.
"""

import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from cronsim import CronSim

RANGES = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)]
NAMES = [
    [], [], [],
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    ["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
]


def value(text, field):
    text = text.lower()
    if text in NAMES[field]:
        return NAMES[field].index(text) + RANGES[field][0]
    return int(text)


def numbers(text, field):
    found = set()
    for item in text.split(","):
        body, _, step = item.partition("/")
        low, high = RANGES[field]
        if body != "*":
            low, _, end = body.partition("-")
            low = value(low, field)
            high = value(end, field) if end else low
        found |= set(range(low, high + 1, int(step or 1)))
    if field == 4:
        found = {number % 7 for number in found}
    return found


class Expression:
    def __init__(self, text):
        fields = text.split()
        self.sets = [numbers(fields[index], index) for index in range(5)]
        self.either = fields[2][0] != "*" and fields[4][0] != "*"
        self.fixed = fields[0][0] != "*" and fields[1][0] != "*"

    def matches(self, clock):
        if clock.minute not in self.sets[0] or clock.hour not in self.sets[1] or clock.month not in self.sets[3]:
            return False
        by_month = clock.day in self.sets[2]
        by_week = clock.isoweekday() % 7 in self.sets[4]
        return (by_month or by_week) if self.either else (by_month and by_week)


def walk(expression, zone, start, end):
    """Every due minute; a job at fixed times is due when the clock first shows its time or a later one."""
    due = []
    minute = timedelta(minutes=1)
    # Two days of run-up tell which local times have been shown before.
    shown = None
    for time in range(start - start % 60 - 2 * 86400, end, 60):
        clock = datetime.fromtimestamp(time, timezone.utc).astimezone(zone).replace(tzinfo=None)
        if expression.fixed:
            is_due = False
            candidate = clock if shown is None else shown + minute
            while candidate <= clock:
                is_due = is_due or expression.matches(candidate)
                candidate += minute
            shown = clock if shown is None else max(shown, clock)
        else:
            is_due = expression.matches(clock)
        if is_due and time > start:
            due.append(time)
    return due


def simulated(text, zone, start, end):
    # cronsim steps by whole hours and days, which go astray where clocks change by less or at midnight.
    if zone.key not in ("Europe/Berlin", "Europe/Dublin", "America/New_York", "UTC"):
        return None
    due = []
    for moment in CronSim(text, datetime.fromtimestamp(start, zone)):
        time = int(moment.timestamp())
        if time >= end:
            return due
        if time > start and (not due or due[-1] != time):
            due.append(time)
    return due


for line in open(sys.argv[1], encoding="ascii"):
    text, name, start, end = line.rstrip("\n").split("|")
    zone = ZoneInfo(name)
    found = walk(Expression(text), zone, int(start), int(end))
    print(" ".join(map(str, found)))
    other = simulated(text, zone, int(start), int(end))
    print("unknown" if other is None else " ".join(map(str, other)))
