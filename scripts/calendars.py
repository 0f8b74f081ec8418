#!/usr/bin/env python3
"""Holds the lunar calendars of Danggol against published libraries, day by day over all the years that these cover.

Reads what `danggol-sim calendars` writes. Every solar day from the first to the last that a library knows is asked of it; the lunar day
that it answers must fall on that very day here. Days on which they differ are printed in stretches. Stretches that are explained below
are told with their explanation; any other fails.
"""

import datetime
import sys
import warnings

import lunar_python
from korean_lunar_calendar import KoreanLunarCalendar
from lunardate import LunarDate

warnings.simplefilter("ignore", DeprecationWarning)


def by_lunardate(day):
    """PyPI lunardate: tables of 1900-2099."""
    lunar = LunarDate.fromSolarDate(day.year, day.month, day.day)
    return lunar.year, lunar.month, bool(lunar.isLeapMonth), lunar.day


def by_lunar_python(day):
    """PyPI lunar_python: reckoned from solar terms and new moons."""
    lunar = lunar_python.Solar.fromYmd(day.year, day.month, day.day).getLunar()
    return lunar.getYear(), abs(lunar.getMonth()), lunar.getMonth() < 0, lunar.getDay()


KOREAN = KoreanLunarCalendar()


def by_korean_lunar_calendar(day):
    """PyPI korean_lunar_calendar: the tables of the Korea Astronomy and Space Science Institute."""
    if not KOREAN.setSolarDate(day.year, day.month, day.day):
        raise ValueError(day)
    return KOREAN.lunarYear, KOREAN.lunarMonth, bool(KOREAN.isIntercalation), KOREAN.lunarDay


date = datetime.date
LIBRARIES = [
    ("chinese", by_lunardate, date(1900, 1, 31), date(2100, 2, 8)),
    ("chinese", by_lunar_python, date(1900, 1, 31), date(2101, 1, 28)),
    # Its tables go further back; ours, which are ICU's, are exact from 1900 on, and approximate before: of 1851-1899, 5,988 days differ, by a
    # day or a leap month. After 2100 ours are approximate too.
    ("korean", by_korean_lunar_calendar, date(1900, 1, 1), date(2050, 12, 31)),
]

# Calendar, library, first and last solar day of a stretch, and who is right, with the source.
EXPLAINED = [
    ("chinese", "lunardate", date(1933, 7, 22), date(1933, 8, 19), "Ours is right by GB/T 33661-2017: the new moon was on 23 July at 00:03 (PyEphem, UTC+8)."),
    ("chinese", "lunardate", date(1954, 11, 25), date(1954, 12, 24), "Ours is right by GB/T 33661-2017: the new moon was on 25 November at 20:30 (PyEphem, UTC+8)."),
    ("chinese", "lunardate", date(1978, 9, 2), date(1978, 9, 30), "Ours is right by GB/T 33661-2017: the new moon was on 3 September at 00:08 (PyEphem, UTC+8)."),
    ("chinese", "lunar_python", date(2057, 9, 28), date(2057, 10, 27), "Ours follows the new moon on 28 September at 23:59:50 (PyEphem, UTC+8), as lunardate does; ten seconds decide."),
]


def main():
    ours = {}
    for line in sys.stdin:
        calendar, year, month, leap, day, solar = line.split()
        ours[calendar, int(year), int(month), leap == "1", int(day)] = date.fromisoformat(solar)
    failed = False
    for calendar, library, first, last in LIBRARIES:
        stretches, days, day = [], 0, first
        while day <= last:
            theirs = library(day)
            here = ours.get((calendar, *theirs))
            days += 1
            if here != day:
                if stretches and stretches[-1][1] == day - datetime.timedelta(days=1):
                    stretches[-1][1] = day
                else:
                    stretches.append([day, day, theirs, here])
            day += datetime.timedelta(days=1)
        name = library.__name__.removeprefix("by_")
        differing = sum((until - since).days + 1 for since, until, _, _ in stretches)
        print(f"{calendar} against {name}, {first} to {last}: {days} days, {differing} differ")
        for since, until, (year, month, leap, number), here in stretches:
            known = [why for of, by, begin, end, why in EXPLAINED if (of, by) == (calendar, name) and begin <= since and until <= end]
            failed = failed or not known
            lunar = f"{year}-{'leap ' if leap else ''}{month}-{number}"
            print(f"  {since} to {until}: {name} calls the first {lunar}, which is {here} here. {known[0] if known else 'NOT EXPLAINED'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
