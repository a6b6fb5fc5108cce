"""What the exporter would have shown at a moment of the past, worked out from the simulated cloud's truth of then.

Written from the contract, not from the code: the two may only agree by being right.
"""

from __future__ import annotations

from typing import Any

from . import cloud

PREFIX = "drs_health_comparison_"
VERDICTS = {0: "inconsistent", 2: "consistent", 3: "not_completed"}

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def series_of(metric: dict[str, str]) -> tuple[str, frozenset[tuple[str, str]]]:
    """The key of a series that Prometheus tells of."""
    labels = {name: value for name, value in metric.items() if name != "__name__"}
    return metric["__name__"].removeprefix(PREFIX), frozenset(labels.items())


def has_ended(task: dict[str, Any]) -> bool:
    return task["status"] in cloud.ENDED


def verdict(task: dict[str, Any]) -> int | None:
    """1 consistent, 0 not, None where it says nothing."""
    if not has_ended(task) or "object_comparison" not in task["type"]:
        return None
    codes = {row["status"] for row in task["objects"] or []}
    if 0 in codes:
        return 0
    return 1 if codes == {2} and task["status"] == "SUCCESSFUL" else None


def shown(
    labels: dict[str, str], tasks: list[dict[str, Any]], at: float, tasks_per_job: int, counted_from: float
) -> Series:
    """All series of one job: `tasks` are those of then, newest first."""
    found: Series = {}
    if not tasks:
        return found

    def put(name: str, value: float | None, **more: str) -> None:
        if value is not None:
            # Prometheus knows no label with an empty value.
            pairs = {key: text for key, text in (labels | more).items() if text}
            found[name, frozenset(pairs.items())] = value

    def put_task(kind: str, task: dict[str, Any], **more: str) -> None:
        start, end = cloud.read(task["start_time"]), cloud.read(task["end_time"]) if has_ended(task) else None
        for status in cloud.STATUSES:
            put(f"{kind}_status", float(status == task["status"]), status=status, **more)
        put(f"{kind}_start_timestamp_seconds", start, **more)
        put(f"{kind}_duration_seconds", (at if end is None else end) - start, **more)
        if kind == "task":
            put("task_end_timestamp_seconds", end, **more)

    for task in tasks[:tasks_per_job]:
        more = {"compare_job_id": task["id"]}
        put_task("task", task, **more)
        types = ",".join(sorted(task["type"].split(",")))
        put("task_info", 1, compare_types=types, compute_type=task["compute_type"], **more)

    put_task("last", tasks[0])
    ended = [task for task in tasks if has_ended(task)]
    for name, fitting in [
        ("last_end", ended),
        ("last_success", [task for task in ended if task["status"] == "SUCCESSFUL"]),
        ("last_consistent", [task for task in ended if verdict(task) == 1]),
    ]:
        put(f"{name}_timestamp_seconds", cloud.read(fitting[0]["end_time"]) if fitting else None)
    for status in cloud.ENDED:
        counted = [task for task in ended if task["status"] == status and cloud.read(task["end_time"]) > counted_from]
        put("ended_tasks_total", len(counted), status=status)

    judged = next((task for task in ended if verdict(task) is not None), None)
    if judged is not None:
        put("consistent", verdict(judged))
        for row in judged["objects"]:
            for side in ("source", "target"):
                put("objects", row[f"{side}_count"], object_type=row["type"], side=side)
            for code, word in VERDICTS.items():
                put("object_verdict", float(row["status"] == code), object_type=row["type"], verdict=word)
    return found
