"""The program that makes time in the rule file shorter: the chain from cloud to pager is only as good as this."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support import scaling
from support.scaling import Scale

FAST = Scale(60)


@pytest.mark.parametrize(
    ("expression", "scaled"),
    [
        ("rate(a[5m])", "rate(a[5000ms])"),
        ("max_over_time(a[1d:1h]) > 3", "max_over_time(a[1440000ms:60000ms]) > 3"),
        ("a offset 1h30m", "a offset 90000ms"),
        ("a offset -5m", "a offset -5000ms"),
        ("time() - a > 2 * 86400", "time() - a > (2 * 86400 / 60)"),
        ("time() - a > 1.5 * 86400", "time() - a > (1.5 * 86400 / 60)"),
        ("vector(30 * 60)", "vector((30 * 60 / 60))"),
        ("a > time() - 86400", "a > time() - (86400 / 60)"),
        ("clamp_min(3 * a, 900)", "clamp_min(3 * a, (900 / 60))"),
        # These are no lengths of time.
        ("(time() - a) / 3600 > 5", "(time() - a) / 3600 > 5"),
        ("a / 60 * 2", "a / 60 * 2"),
        ("a > 2 * b", "a > 2 * b"),
        ("rate(a[5m]) * 60 > 3", "rate(a[5000ms]) * 60 > 3"),
        ("topk by (b) (1, quantile(0.5, a)) >= 3", "topk by (b) (1, quantile(0.5, a)) >= 3"),
        ('a{name="5m", other=~"2 * 3600"} == 1', 'a{name="5m", other=~"2 * 3600"} == 1'),
        ("a{name='it\\'s 5m'} > 1", "a{name='it\\'s 5m'} > 1"),
        ("drs:run_duration:p5m5 > rate5m:a_1h", "drs:run_duration:p5m5 > rate5m:a_1h"),
        ("a # not after 5m\n> 5 * 60", "a # not after 5m\n> (5 * 60 / 60)"),
        ("a > 0.5 and b > 1e1", "a > 0.5 and b > 1e1"),
    ],
)
def test_in_expressions_lengths_of_time_are_scaled_and_nothing_else(expression, scaled):
    assert FAST.expression(expression) == scaled


def test_a_range_never_gets_too_short_for_some_scrapes_but_an_alert_may_wait_as_short_as_it_likes():
    rules = "    for: 1m\n    expr: max_over_time(a[1m:1s] offset 1m) > 0\n"
    scaled = "    for: 1000ms\n    expr: max_over_time(a[5000ms:17ms] offset 1000ms) > 0\n"
    assert Scale(60, least_range_ms=5000).rules(rules) == scaled


def test_a_number_that_might_be_anything_is_refused():
    with pytest.raises(ValueError, match="100"):
        FAST.expression("a > 100")


def test_an_alert_need_not_wait_longer_than_a_test_can():
    rules = "for: 6h\ninterval: 6h\n"
    assert Scale(60, longest_for_ms=45_000).rules(rules) == "for: 45000ms\ninterval: 360000ms\n"


RULES = """\
# For 5m, 2 * 3600.
groups:
  - name: drs 5m
    interval: 30s  # 30s
    rules:
      - record: drs:threshold:seconds
        expr: vector(2 * 86400)
        labels: { window: 1d }
      - alert: Drs5m
        expr: |
          time() - a > 2 * 86400

          and rate(b[10m]) > 0
        for: 1h30m
        keep_firing_for: 0s
        labels:
          severity: critical
        annotations:
          summary: for 5m, 2 * 3600
          description: |
            {{ with query "rate(a[5m])" }}for: 5m{{ end }}
      - expr: a[5m] >
          5 * 60
        alert: Plain
"""


def test_in_a_file_only_expressions_and_the_keys_that_are_durations_change():
    before, after = RULES.splitlines(), FAST.rules(RULES).splitlines()
    assert len(before) == len(after)
    changed = [(old.strip(), new.strip()) for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [
        ("interval: 30s  # 30s", "interval: 500ms  # 30s"),
        ("expr: vector(2 * 86400)", "expr: vector((2 * 86400 / 60))"),
        ("time() - a > 2 * 86400", "time() - a > (2 * 86400 / 60)"),
        ("and rate(b[10m]) > 0", "and rate(b[10000ms]) > 0"),
        ("for: 1h30m", "for: 90000ms"),
        ("- expr: a[5m] >", "- expr: a[5000ms] >"),
        ("5 * 60", "(5 * 60 / 60)"),
    ]


@pytest.mark.parametrize("factor", ["1", "10"])
def test_as_a_program_it_reads_and_writes(factor):
    done = subprocess.run(
        [sys.executable, Path(scaling.__file__), f"--factor={factor}"],
        input=RULES,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout == (RULES if factor == "1" else Scale(10).rules(RULES))
