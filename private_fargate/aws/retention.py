"""How long CloudWatch Logs can keep log events."""

from __future__ import annotations

from typing import Final

LOG_RETENTION_DAYS: Final = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
"""The legal values of `RetentionInDays`, rising.  Any other number of days is refused.

Source: botocore 1.44, logs/2014-03-28, shape `Days`; a test compares.
"""
