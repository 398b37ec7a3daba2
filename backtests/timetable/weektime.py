"""The minute of the week at which a run starts, in Beijing and by other clocks."""

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo

from universes import InputError
from universes.exchange import Exchange, list_exchanges

Day = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]

BEIJING = "Asia/Shanghai"

_DAYS: tuple[Day, ...] = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOUR = 60
_DAY = 24 * _HOUR
_WEEK = 7 * _DAY
# Long enough for zones whose summer follows the moon; the same whenever it is asked.
_FIRST_DAY, _DAYS_TRIED = dt.datetime(2026, 1, 1), 15 * 366  # noqa: DTZ001 - given a zone below
_FRIDAYS = (dt.date(2026, 1, 2), dt.date(2026, 7, 3))  # one in winter, one in summer


@dataclass(frozen=True)
class WeekTime:
    """A minute of the week.

    Attributes
    ----------
    minutes : int
        Since Monday 00:00 of the clock that is meant.
    """

    minutes: int

    @property
    def weekday(self) -> int:
        """The day, 0 for Monday."""
        return self.minutes // _DAY

    @property
    def clock(self) -> str:
        """The time of day, such as ``08:37``."""
        return f"{self.minutes % _DAY // _HOUR:02d}:{self.minutes % _HOUR:02d}"

    @property
    def day(self) -> Day:
        """The day as systemd is told it, in capitals."""
        return _DAYS[self.weekday]

    @property
    def cron(self) -> str:
        """The five fields of a crontab line; Sunday is 0 there.

        Examples
        --------
        >>> WeekTime(6 * 24 * 60 + 67).cron
        '7 1 * * 0'
        """
        hour, minute = divmod(self.minutes % _DAY, _HOUR)
        return f"{minute} {hour} * * {(self.weekday + 1) % 7}"

    def __str__(self) -> str:
        return f"{_NAMES[self.weekday]} {self.clock}"

    def by_clock(self, zone: ZoneInfo) -> "WeekTime":
        """Return when a time in Beijing is, by the clock of a zone, the latest over the year.

        A clock that is put forward in summer shows it an hour later then. A run at that later
        hour all year is on time in summer, an hour late in winter and early never.

        Examples
        --------
        >>> str(parse_time("SAT", "08:37").by_clock(ZoneInfo("America/New_York")))
        'Friday 20:37'
        """
        beijing = _latest_offset(ZoneInfo(BEIJING))
        return WeekTime((self.minutes - beijing + _latest_offset(zone)) % _WEEK)


@cache
def _latest_offset(zone: ZoneInfo) -> int:
    """Return the largest offset from UTC that a zone has, in minutes."""
    noons = (_FIRST_DAY + dt.timedelta(days=day, hours=12) for day in range(_DAYS_TRIED))
    offsets = {noon.replace(tzinfo=zone).utcoffset() for noon in noons}
    return int(max(offset for offset in offsets if offset is not None).total_seconds() // 60)


def parse_time(day: Day, clock: str) -> WeekTime:
    """Read a day of the week and a time of day, in Beijing.

    A minute that is even or a multiple of five is refused. Programs are commonly set to the
    whole hour, its halves, quarters, tenths and twelfths: hosted schedulers start those late or
    not at all, and vendors are asked most then.

    Raises
    ------
    InputError
        If it is no time, or at such a minute.

    Examples
    --------
    >>> str(parse_time("SAT", "08:37"))
    'Saturday 08:37'
    """
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", clock)
    if not found:
        raise InputError(f"{clock!r} is no time of day", "write it as 08:37, from 00:00 to 23:59")
    hour, minute = int(found[1]), int(found[2])
    if minute % 2 == 0 or minute % 5 == 0:
        free = next(m for m in (*range(minute, _HOUR), 57) if m % 2 and m % 5)
        raise InputError(
            f"{clock} is a minute at which many programs start, and hosted ones late",
            f"take one that is odd and no multiple of five, such as {hour:02d}:{free:02d}",
        )
    return WeekTime(_DAYS.index(day) * _DAY + hour * _HOUR + minute)


@dataclass(frozen=True)
class WeekEnd:
    """When the bars of a week's last session no longer change on any exchange.

    Attributes
    ----------
    exchange : Exchange
        The last to get there.
    time : WeekTime
        In Beijing, the latest over the year.
    """

    exchange: Exchange
    time: WeekTime

    @classmethod
    def find(cls) -> "WeekEnd":
        """Find it among the exchanges known."""
        ends = [cls(exchange, cls._friday(exchange)) for exchange in list_exchanges().values()]
        return max(ends, key=lambda end: end.time.minutes)

    @staticmethod
    def _friday(exchange: Exchange) -> WeekTime:
        zone, beijing = ZoneInfo(exchange.timezone), ZoneInfo(BEIJING)
        fridays = (dt.datetime.combine(day, exchange.final_at, zone) for day in _FRIDAYS)
        there = [friday.astimezone(beijing) for friday in fridays]
        return WeekTime(max(t.weekday() * _DAY + t.hour * _HOUR + t.minute for t in there))
