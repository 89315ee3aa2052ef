"""The time that pages show and take: days and times of Danish clocks."""

from zoneinfo import ZoneInfo

DENMARK = ZoneInfo("Europe/Copenhagen")
