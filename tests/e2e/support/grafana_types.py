"""A dashboard against Grafana's own types: its SDK for Python, and its types for TypeScript."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from .grafana import ROOT

COMPILER = ROOT / "target/grafana/node_modules"
# The types of a kind of panel: file, and the name its own field configuration has there, if it has one.
KINDS = {
    "stat": ("stat/panelcfg/x/StatPanelCfg_types.gen", None),
    "table": ("table/panelcfg/x/TablePanelCfg_types.gen", "FieldConfig"),
    "timeseries": ("timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen", "FieldConfig"),
    "bargauge": ("bargauge/panelcfg/x/BarGaugePanelCfg_types.gen", None),
    "state-timeline": ("statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen", "FieldConfig"),
    "heatmap": ("heatmap/panelcfg/x/HeatmapPanelCfg_types.gen", "FieldConfig"),
}
# JSON has the values of enumerations, TypeScript wants their names: `Plain` allows the values. A property that is not in
# the types is an error, since every value is written where its type stands.
HEAD = """\
import type { Dashboard } from '@grafana/schema';
type Plain<T> = T extends string ? `${T}`
  : T extends number | boolean | null | undefined ? T
  : T extends (infer U)[] ? Plain<U>[]
  : unknown extends T ? T
  : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
"""
SETTINGS = {
    "compilerOptions": {
        "strict": True,
        "noEmit": True,
        "skipLibCheck": True,
        "module": "esnext",
        "moduleResolution": "bundler",
        "target": "es2022",
        "types": [],
    },
    "include": ["*.ts"],
}


def lost_by_the_sdk(dashboard: dict[str, Any]) -> list[str]:
    """What the SDK's model does not know: read into it and written again, it is gone or other."""
    register_default_plugins()
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
    return list(_lost(dashboard, again))


def _lost(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    if isinstance(ours, dict):
        for key, value in ours.items():
            if isinstance(theirs, dict) and key in theirs:
                yield from _lost(value, theirs[key], f"{path}.{key}")
            elif value is not None:
                yield f"{path}.{key}"
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, pair in enumerate(zip(ours, theirs, strict=True)):
            yield from _lost(*pair, f"{path}[{index}]")
    elif ours != theirs:
        yield f"{path}: {ours!r} became {theirs!r}"


def compile_all(dashboards: dict[str, dict[str, Any]], folder: Path) -> str:
    """What the TypeScript compiler says of them; "" means that it has no complaint."""
    node = shutil.which("node")
    assert node and COMPILER.is_dir(), "no node, or no target/grafana; `scripts/test` installs them"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "node_modules").symlink_to(COMPILER)
    (folder / "tsconfig.json").write_text(json.dumps(SETTINGS))
    for name, dashboard in dashboards.items():
        (folder / f"{name}.ts").write_text(_source(dashboard))
    done = subprocess.run(
        [node, COMPILER / "typescript/bin/tsc", "--project", folder],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = done.stdout + done.stderr
    return said if done.returncode or said.strip() else ""


def _source(dashboard: dict[str, Any]) -> str:
    lines = [HEAD]
    used = sorted({panel["type"] for panel in dashboard["panels"]} - {"row"})
    for kind in used:
        lines.append(
            f"import type * as {_named(kind)} from '@grafana/schema/dist/esm/raw/composable/{KINDS[kind][0]}';"
        )
    # What an annotation asks, and how, belongs to the data source, whose part the types leave out. The SDK knows it.
    annotations = [
        {key: value for key, value in one.items() if key not in ("expr", "step", "titleFormat", "textFormat")}
        for one in dashboard["annotations"]["list"]
    ]
    whole = dashboard | {"annotations": {"list": annotations}}
    lines.append(f"export const dashboard: Plain<Dashboard> = {json.dumps(whole)};")
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            continue
        kind, number = panel["type"], panel["id"]
        lines.append(
            f"export const options{number}: Partial<Plain<{_named(kind)}.Options>> = {json.dumps(panel['options'])};"
        )
        custom = panel["fieldConfig"]["defaults"].get("custom")
        own = KINDS[kind][1]
        if own:
            for override in panel["fieldConfig"]["overrides"]:
                custom = (custom or {}) | {
                    property_["id"].removeprefix("custom."): property_["value"]
                    for property_ in override["properties"]
                    if property_["id"].startswith("custom.")
                }
                lines.append(f"({json.dumps(custom)}) satisfies Partial<Plain<{_named(kind)}.{own}>>;")
        assert own or not custom, f"{panel['title']}: a {kind} has no field configuration of its own"
        if own and custom:
            lines.append(f"export const custom{number}: Partial<Plain<{_named(kind)}.{own}>> = {json.dumps(custom)};")
    return "\n".join(lines) + "\n"


def _named(kind: str) -> str:
    return "".join(part.capitalize() for part in kind.split("-"))
