"""A whole dashboard as one HTML page, its panels where Grafana would have them."""

from __future__ import annotations

from html import escape
from typing import Any

import panels

# Grafana's grid: columns of a page, rows of 30 pixels with 8 between.
COLUMNS, ROW, GAP = 24, 38, 8
STYLE = """
* { box-sizing: border-box; margin: 0 }
body { background: #111217; color: #ccccdc; font: 13px/1.35 Inter, "DejaVu Sans", sans-serif; width: WIDTHpx }
h1 { font-size: 19px; font-weight: 500; padding: 12px 16px 2px }
p { padding: 0 16px 10px; color: #9fa7b3 }
main { position: relative; margin: 0 8px }
section { position: absolute; background: #181b1f; border: 1px solid #2c3235; border-radius: 3px; padding: 6px 8px; overflow: hidden }
section.row { background: none; border: none; font-size: 15px; font-weight: 500; padding-top: 8px }
h2 { font-size: 13px; font-weight: 500; margin-bottom: 4px; white-space: nowrap }
.stat { display: grid; place-items: center; position: absolute; inset: 30px 0 0; font-weight: 600; white-space: nowrap }
.none { display: grid; place-items: center; position: absolute; inset: 30px 0 0; color: #9fa7b3 }
.more { position: absolute; right: 10px; top: 7px; color: #9fa7b3 }
table { border-collapse: collapse; width: 100%; font-size: 12px; white-space: nowrap }
th { text-align: left; color: #6e9fff; font-weight: 500 }
th, td { padding: 3px 8px 3px 2px; border-bottom: 1px solid #22252b; overflow: hidden; text-overflow: ellipsis; max-width: 330px }
.gauge { display: inline-block; width: 90px; height: 10px; background: #22252b; margin-right: 8px } .gauge i { display: block; height: 10px }
.bars td { border: none } .bars .name { width: 1%; max-width: 190px } .bars .bar i { display: block; height: 14px; min-width: 1px } .bars td:last-child { width: 1% }
svg { display: block } svg text { fill: #9fa7b3; font-size: 11px } svg text.on { fill: #111217 }
.legend { white-space: nowrap; font-size: 11px } .legend span { margin-right: 12px } .legend i { display: inline-block; width: 12px; height: 4px; margin-right: 5px; vertical-align: middle }
"""


def html(
    dashboard: dict[str, Any], ask: panels.Ask, note: str, width: int, last_row: str | None = None
) -> tuple[str, int]:
    """The page and its height; `last_row` is the heading of the first row that is left out."""
    column = (width - 16) / COLUMNS
    made, height = "", 0
    for panel in dashboard["panels"]:
        if panel["title"] == last_row:
            break
        place = panel["gridPos"]
        left, top = place["x"] * column, place["y"] * ROW
        wide, high = place["w"] * column - GAP, place["h"] * ROW - GAP
        is_row = panel["type"] == "row"
        inner = "" if is_row else panels.KINDS[panel["type"]](panel, ask, wide, high)
        head = escape(panel["title"]) if is_row else f"<h2>{escape(panel['title'])}</h2>"
        made += (
            f'<section class="{"row" if is_row else "panel"}" style="left:{left:.0f}px;top:{top:.0f}px;width:{wide:.0f}px;'
            f'height:{high:.0f}px">{head}{inner}</section>'
        )
        height = max(height, round(top + high))
    page = (
        f'<!doctype html><meta charset="utf-8"><style>{STYLE.replace("WIDTH", str(width))}</style>'
        f"<h1>{escape(dashboard['title'])}</h1><p>{escape(note)}</p>"
        f'<main style="height:{height}px">{made}</main>'
    )
    return page, height + 80
