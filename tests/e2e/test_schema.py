"""The JSON schema of the configuration: what the program takes fits, what it refuses does not, as far as a schema can say."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from jsonschema import Draft7Validator
from support.configuration import AKSK, BY_PASSWORD, configuration, project

SCHEMA = json.loads((ROOT / "docs/drs-exporter.schema.json").read_text())
FILES = ROOT / "tests/config"

YAML_ALONE = "how YAML is written; the value is good"
OTHER_FILE = "whether a file is there, and what is in it"
OTHER_KEY = "depends on the value of another key"
ARITHMETIC = "units to be reckoned with"
# Bad files that fit the schema all the same, and why no schema can tell.
INEXPRESSIBLE = {
    "anchor": YAML_ALONE,
    "count-octal": YAML_ALONE,
    "duplicate-key": YAML_ALONE,
    "merge-key": YAML_ALONE,
    "tag": YAML_ALONE,
    "ca-folder": OTHER_FILE,
    "ca-missing": OTHER_FILE,
    "ca-no-certificate": OTHER_FILE,
    "secret-empty-file": OTHER_FILE,
    "secret-missing-file": OTHER_FILE,
    "idle-below-poll": OTHER_KEY,
    "policy-below-idle": OTHER_KEY,
    "region-no-host": OTHER_KEY,
    "stale-below-idle": OTHER_KEY,
    "poll-too-short": ARITHMETIC,
    "size-overflow": ARITHMETIC,
    "endpoint-port": "a number within a text",
    "pattern": "a regular expression of another dialect than JSON Schema's",
    "pattern-too-large": "what a regular expression takes when it is compiled",
}


def mistakes(content: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft7Validator(SCHEMA).iter_errors(content)]


def files(ending: str) -> list[Path]:
    found = sorted(FILES.glob(f"*.{ending}.yaml"))
    assert found
    return found


def test_it_is_a_schema():
    Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", files("ok"), ids=lambda path: path.name)
def test_a_good_file_fits(path):
    assert mistakes(yaml.safe_load(path.read_text())) == []


@pytest.mark.parametrize("path", files("bad"), ids=lambda path: path.name)
def test_a_bad_file_does_not_fit(path):
    try:
        content = yaml.safe_load(path.read_text())
    except yaml.YAMLError:
        return  # No YAML at all: an editor says so without a schema.
    name = path.name.removesuffix(".bad.yaml")
    found = mistakes(content)
    if name in INEXPRESSIBLE:
        assert found == [], "this can be told after all: strike it off the list"
    else:
        assert found, path.read_text()


def test_the_list_of_what_cannot_be_told_is_of_files():
    assert INEXPRESSIBLE.keys() <= {path.name.removesuffix(".bad.yaml") for path in files("bad")}


def test_the_example_of_the_documentation_fits():
    text = (ROOT / "docs/configuration.md").read_text()
    for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL):
        assert mistakes(yaml.safe_load(block)) == []


def test_the_simulators_configuration_fits(simulator):
    assert mistakes(yaml.safe_load(simulator.configuration)) == []


def properties(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, below in schema.get("properties", {}).items():
        yield f"{path}{name}", below
        yield from properties(below, f"{path}{name}.")
        yield from properties(below.get("items", {}), f"{path}{name}[].")


def test_defaults_and_examples_fit_what_they_are_of():
    seen = 0
    for path, schema in properties(SCHEMA):
        for value in [*schema.get("examples", []), *([schema["default"]] if "default" in schema else [])]:
            assert Draft7Validator(schema).is_valid(value), f"{path}: {value}"
            seen += 1
    assert seen > 30


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        AKSK | BY_PASSWORD,
        {"agency": None},
        {"aksk": {"access_key": "a"}},
        {"aksk": {"access_key": "a", "secret_key": "s", "secret_key_file": "f"}},
        {"aksk": AKSK["aksk"] | {"security_token": "t", "security_token_file": "f"}},
        {"token": {}},
        {"token": {"value": "t", "file": "f"}},
        {"password": {"password": "p"}},
    ],
    ids=str,
)
def test_credentials_are_one_way_each_secret_in_one_form(credentials):
    def whole(given: dict[str, Any]) -> dict[str, Any]:
        return configuration(project("http://127.0.0.1:1", jobs=["a"], credentials=given))

    assert all(mistakes(whole(good)) == [] for good in (AKSK, BY_PASSWORD, {"agency": {}}, {"token": {"file": "f"}}))
    assert mistakes(whole(credentials)), credentials
