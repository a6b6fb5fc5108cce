"""The Helm chart, by a real helm: valid, safe, true to its sources, and understood by the exporter."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import cloud, helm
from support.configuration import QUICK, project
from support.helm import CHART, ROOT, containers, objects, of_kind, pods, rendered, run, selects, template
from support.process import Process
from support.prometheus import tool

SETS = {path.stem: path for path in sorted((CHART / "ci").glob("*.yaml"))}
MINIMAL = SETS["minimal"]
# The oldest that Chart.yaml promises, and the newest that there are schemas of.
OLDEST = re.search(r">=(\d+\.\d+)", yaml.safe_load((CHART / "Chart.yaml").read_text())["kubeVersion"]).group(1)
VERSIONS = [OLDEST, "1.37"]
# What `kubectl apply` may note down of an object in an annotation.
ANNOTATION_BYTES = 256 * 1024
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text())
# What the tests' Secrets hold.
SECRETS = {"ak": cloud.ACCESS_KEY, "sk": cloud.SECRET_KEY, "password": cloud.PASSWORD, "token": "made-up"}
SCHEMA = json.loads((CHART / "values.schema.json").read_text())

each_set = pytest.mark.parametrize("name", SETS)


def statefulset(name: str) -> dict[str, Any]:
    (one,) = of_kind("StatefulSet", objects(rendered(SETS[name])))
    return one


def exporter_of(name: str) -> dict[str, Any]:
    return statefulset(name)["spec"]["template"]["spec"]["containers"][0]


def leaves(values: dict[str, Any], path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for key, value in values.items():
        found += leaves(value, (*path, key)) if isinstance(value, dict) and value else [(*path, key)]
    return found


def at(values: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        values = values.get(key) if isinstance(values, dict) else None
    return values


def without(values: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    shorter = copy.deepcopy(values)
    del at(shorter, path[:-1])[path[-1]]
    return shorter


def nested(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    for key in reversed(path):
        value = {key: value}
    return value


def test_there_are_sets_of_values_for_each_purpose():
    assert len(SETS) >= 6
    assert {"minimal", "shards", "tls", "agency", "workload-identity", "openshift", "everything"} <= SETS.keys()


@each_set
def test_helm_has_no_complaint(name):
    done = run("helm", "lint", "--strict", CHART, f"--values={SETS[name]}")
    assert done.exit_code == 0, done.output + done.errors
    assert "[WARNING]" not in done.output


@pytest.mark.parametrize("version", VERSIONS)
@each_set
def test_what_is_rendered_is_valid_in_kubernetes(name, version):
    found = objects(rendered(SETS[name]))
    assert {"StatefulSet", "Service", "Pod"} <= {one["kind"] for one in found}
    for one in found:
        helm.validate(one, version)
    keys = [(one["kind"], one["metadata"]["namespace"], one["metadata"]["name"]) for one in found]
    assert len(keys) == len(set(keys)), "an object stands twice"


def test_validation_finds_mistakes():
    """The validation itself: what is wrong must not pass."""
    found = {one["kind"]: one for one in objects(rendered(SETS["everything"]))}
    for kind, change in {
        "StatefulSet": lambda one: one["spec"]["template"]["spec"]["containers"][0].update(imagepullpolicy="Always"),
        "NetworkPolicy": lambda one: one["spec"].update(egres=[]),
        "PodDisruptionBudget": lambda one: one["spec"].update(maxUnavailable=[]),
        "ServiceMonitor": lambda one: one["spec"]["endpoints"][0].update(intervall="1m"),
        "PrometheusRule": lambda one: one["spec"].update(groups=[]),
    }.items():
        change(found[kind])
        with pytest.raises(AssertionError):
            helm.validate(found[kind], VERSIONS[-1])


@each_set
def test_pods_pass_the_restricted_profile(name):
    for _, pod in pods(objects(rendered(SETS[name]))):
        assert helm.breaches_of_restricted(pod) == []
        assert pod["automountServiceAccountToken"] is False and pod["enableServiceLinks"] is False
        for container in containers(pod):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_restricted_profile_finds_breaches():
    (_, pod), *_ = pods(objects(rendered(MINIMAL)))
    for change in (
        lambda one: one["securityContext"].pop("runAsNonRoot"),
        lambda one: one["securityContext"].pop("seccompProfile"),
        lambda one: one["containers"][0].pop("securityContext"),
        lambda one: one["containers"][0]["securityContext"].update(capabilities={"drop": ["NET_RAW"]}),
        lambda one: one["volumes"].append({"name": "host", "hostPath": {"path": "/"}}),
        lambda one: one.update(hostNetwork=True),
    ):
        worse = copy.deepcopy(pod)
        change(worse)
        assert helm.breaches_of_restricted(worse)


def test_openshift_chooses_user_and_group():
    (_, pod), *_ = pods(objects(rendered(SETS["openshift"])))
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}


@each_set
def test_the_same_values_render_the_same(name):
    assert template(SETS[name]).output == rendered(SETS[name])


def mounted(found: list[helm.Object], folder: Path) -> Path:
    """The configuration and secrets as a kubelet lays them out: files are links into a folder that can be replaced."""
    (_, pod), *_ = pods(found)
    data = folder / "..2026_11_25"
    data.mkdir(parents=True)
    (folder / "..data").symlink_to(data.name)
    (volume,) = [volume for volume in pod["volumes"] if volume["name"] == "config"]
    for source in volume["projected"]["sources"]:
        ((kind, wanted),) = source.items()
        items = wanted.get("items")
        made = [
            one
            for one in of_kind("ConfigMap", found)
            if kind == "configMap" and one["metadata"]["name"] == wanted["name"]
        ]
        for item in items or [{"key": key, "path": key} for key in SECRETS]:
            path = data / item["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[0]["data"][item["key"]] if made else SECRETS[item["key"]] + "\n")
    for path in data.iterdir():
        (folder / path.name).symlink_to(f"..data/{path.name}")
    return folder / "drs-exporter.yaml"


@pytest.mark.parametrize("name", [name for name, path in SETS.items() if "config" in yaml.safe_load(path.read_text())])
def test_the_exporter_takes_the_rendered_configuration(name, binary, tmp_path):
    path = mounted(objects(rendered(SETS[name])), tmp_path / "config")
    if name == "workload-identity":
        # A folder of the pod's own, which the sidecar fills.
        (tmp_path / "token").write_text("made-up")
        path.write_text(path.read_text().replace("/var/run/drs-exporter/token", str(tmp_path / "token")))
    done = subprocess.run(
        [binary, "check", "--offline", f"--config.file={path}"], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    given = yaml.safe_load(SETS[name].read_text())["config"]
    assert yaml.safe_load(path.read_text())["projects"][0]["name"] == given["projects"][0]["name"]


def test_the_pods_share_the_jobs(start_simulator, start_exporter, tmp_path):
    """The exporter with each pod's own arguments, variables and files: every job is watched by exactly one."""
    simulator = start_simulator(world="quiet", jobs=12)
    by_files = {"aksk": {"access_key_file": "ak", "secret_key_file": "sk"}}
    content = QUICK | {"projects": [project(simulator, credentials=by_files, discovery={})]}
    found = objects(template(MINIMAL, {"replicas": 3, "config": content}, folder=tmp_path).output)
    (main,) = of_kind("StatefulSet", found)
    container = main["spec"]["template"]["spec"]["containers"][0]
    path = mounted(found, tmp_path / "config")
    watched = []
    for number in range(main["spec"]["replicas"]):
        pod_name = f"{main['metadata']['name']}-{number}"
        variables = {one["name"]: one.get("value", pod_name) for one in container["env"]}
        arguments = [argument.replace("/etc/drs-exporter", str(path.parent)) for argument in container["args"]]
        arguments.remove("--web.listen-address=:10816")
        pod = start_exporter(None, *arguments, environment=variables).await_ready()
        watched.append({labels["job_id"] for labels, _ in pod.scrape().series("drs_job_up")})
    everything = {job["id"] for job in simulator.truth()["projects"][0]["jobs"]}
    assert set.union(*watched) == everything and sum(map(len, watched)) == len(everything) == 12, watched


@each_set
def test_the_exporter_knows_every_flag(name, binary):
    known = subprocess.run([binary, "--help"], capture_output=True, text=True, timeout=30, check=True).stdout
    variables = {variable["name"] for variable in exporter_of(name)["env"]}
    assert {"DRS_EXPORTER_SHARD", "DRS_EXPORTER_TOTAL_SHARDS"} <= variables
    wanted = {argument.split("=")[0] for argument in exporter_of(name)["args"]}
    wanted |= {"--shard", "--total-shards"}
    missing = {flag for flag in wanted if not re.search(rf"{re.escape(flag)}(?![\w.-])", known)}
    assert not missing, f"the exporter has no {missing}"


class Iam(BaseHTTPRequestHandler):
    """The one call by which IAM gives a token for that of an identity provider, as its documentation has it."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = (self.path, self.headers["X-Idp-Id"], body["auth"]["id_token"]["id"], body["auth"]["scope"])
        wanted = ("/v3.0/OS-AUTH/id-token/tokens", "cce-cluster", "of the pod", {"project": {"id": "5237"}})
        self.send_response(201 if asked == wanted else 400)
        if asked == wanted:
            self.send_header("X-Subject-Token", "of the cloud")
        self.end_headers()

    def log_message(self, *_):
        pass


def test_the_example_of_a_refresher_fetches_a_token(tmp_path):
    (main,) = of_kind("StatefulSet", objects(rendered(SETS["workload-identity"])))
    pod = main["spec"]["template"]["spec"]
    (sidecar,) = pod["initContainers"]
    assert sidecar["restartPolicy"] == "Always", "a sidecar stays"
    mounts = {mount["mountPath"]: mount for mount in sidecar["volumeMounts"]}
    (tmp_path / "own").mkdir()
    (tmp_path / "own/token").write_text("of the pod")
    (tmp_path / "cloud").mkdir()
    script = sidecar["args"][0]
    for inside, outside in (("/var/run/secrets/workload-identity", "own"), ("/var/run/drs-exporter", "cloud")):
        assert inside in mounts and inside in script
        script = script.replace(inside, str(tmp_path / outside))
    with ThreadingHTTPServer(("127.0.0.1", 0), Iam) as iam:
        threading.Thread(target=iam.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{iam.server_address[1]}"
        told = {"IAM": address, "IDENTITY_PROVIDER": "cce-cluster", "PROJECT_ID": "5237"}
        process = Process([tool("sh"), "-c", script], tmp_path, told)
        token = tmp_path / "cloud/token"
        process.wait_for("the cloud's token", lambda: token.exists() and token.read_text() == "of the cloud\n")
        process.stop()
        iam.shutdown()
    assert process.exit_code == 0, process.story()
    mounted_in_exporter = {mount["name"]: mount for mount in pod["containers"][0]["volumeMounts"]}
    assert mounted_in_exporter["cloud-token"]["readOnly"] is True
    assert "service-account-token" not in mounted_in_exporter


def test_shards_know_their_number():
    four = statefulset("shards")
    assert four["spec"]["replicas"] == 4 and four["spec"]["podManagementPolicy"] == "Parallel"
    variables = {one["name"]: one for one in exporter_of("shards")["env"]}
    assert variables["DRS_EXPORTER_TOTAL_SHARDS"]["value"] == "4"
    assert variables["DRS_EXPORTER_SHARD"]["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.name"
    (spread,) = four["spec"]["template"]["spec"]["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == four["spec"]["selector"]["matchLabels"]


@each_set
def test_selectors_take_the_exporters_and_nothing_else(name):
    found = objects(rendered(SETS[name]))
    metadata = {one.get("name", "exporter"): one["labels"] for one, _ in pods(found)}
    (test,) = [labels for key, labels in metadata.items() if key != "exporter"]
    (main,) = of_kind("StatefulSet", found)
    services = of_kind("Service", found)
    selectors = [service["spec"]["selector"] for service in services] + [main["spec"]["selector"]["matchLabels"]]
    for kind, key in (("PodDisruptionBudget", "selector"), ("NetworkPolicy", "podSelector")):
        selectors += [one["spec"][key]["matchLabels"] for one in of_kind(kind, found)]
    for selector in selectors:
        assert selects(selector, metadata["exporter"]) and not selects(selector, test)
    (headless,) = [one for one in services if one["spec"].get("clusterIP") == "None"]
    assert main["spec"]["serviceName"] == headless["metadata"]["name"]
    # Prometheus sees each pod once, also before it is ready.
    assert headless["spec"]["publishNotReadyAddresses"] is True
    for monitor in of_kind("ServiceMonitor", found):
        selector = monitor["spec"]["selector"]["matchLabels"]
        chosen = [one["metadata"]["name"] for one in services if selects(selector, one["metadata"]["labels"])]
        assert chosen == [headless["metadata"]["name"]]
        assert monitor["spec"]["namespaceSelector"]["matchNames"] == [helm.NAMESPACE]


def test_probes_ask_as_far_as_they_are_let_in():
    kinds = {
        name: [next(iter(exporter_of(name)[probe])) for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
        for name in ("minimal", "tls-only", "tls")
    }
    assert set(kinds["tls"]) == {"tcpSocket"}, "a kubelet has no password"
    for name, scheme in (("minimal", "HTTP"), ("tls-only", "HTTPS")):
        asked = [exporter_of(name)[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")]
        assert [one["path"] for one in asked] == ["/-/healthy", "/-/healthy", "/-/ready"]
        assert {one["scheme"] for one in asked} == {scheme}


def test_only_an_agency_opens_the_metadata_service(tmp_path):
    def open_addresses(values: Path, more: dict[str, Any]) -> list[str]:
        (policy,) = of_kind("NetworkPolicy", objects(template(values, more, folder=tmp_path).output))
        rules = policy["spec"]["egress"]
        return [peer["ipBlock"]["cidr"] for rule in rules for peer in rule.get("to", []) if "ipBlock" in peer]

    assert open_addresses(SETS["agency"], {}) == ["169.254.169.254/32"]
    assert open_addresses(MINIMAL, {"networkPolicy": {"enabled": True}}) == []


def test_nobody_is_let_in_where_nobody_is_named(tmp_path):
    closed = {"networkPolicy": {"enabled": True, "ingress": {"from": []}}}
    (policy,) = of_kind("NetworkPolicy", objects(template(MINIMAL, closed, folder=tmp_path).output))
    assert policy["spec"]["ingress"] == [] and "Ingress" in policy["spec"]["policyTypes"]


def test_a_changed_configuration_restarts_pods_only_where_that_is_wanted(tmp_path):
    def pod_of(reload: str, interval: str) -> Any:
        values = {"configReload": reload, "config": {"poll_interval": interval}}
        done = template(MINIMAL, values, folder=tmp_path)
        (one,) = of_kind("StatefulSet", objects(done.output))
        return one["spec"]["template"]

    assert pod_of("watch", "1m") == pod_of("watch", "2m")
    assert pod_of("restart", "1m") != pod_of("restart", "2m")
    assert "--config.watch" not in pod_of("restart", "1m")["spec"]["containers"][0]["args"]


def test_the_rules_are_those_of_the_alerts(tmp_path):
    (rule,) = of_kind("PrometheusRule", objects(rendered(SETS["everything"])))
    groups = yaml.safe_load(
        re.sub(
            r"https://\S+/drs-exporter/",
            "https://wiki.example.com/runbooks/",
            (ROOT / "alerts/drs-exporter.rules.yml").read_text(),
        )
    )["groups"]
    assert rule["spec"]["groups"] == groups
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(rule["spec"]))
    done = subprocess.run(
        [tool("promtool"), "check", "rules", "--lint=all", "--lint-fatal", tmp_path / "rules.yml"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboards_are_those_of_the_folder():
    maps = [
        one
        for one in of_kind("ConfigMap", objects(rendered(SETS["everything"])))
        if "grafana" in one["metadata"]["labels"]
    ]
    held = {name: json.loads(text) for one in maps for name, text in one["data"].items()}
    assert held == {path.name: json.loads(path.read_text()) for path in (ROOT / "dashboards").glob("*.json")}
    assert all(len(json.dumps(one)) < ANNOTATION_BYTES for one in maps), "kubectl apply would refuse it"
    assert maps[0]["metadata"]["labels"]["grafana"] == "yes"


@pytest.mark.parametrize("path", leaves(DEFAULTS), ids=".".join)
def test_every_value_does_something(path, tmp_path):
    """Some set gives it another value than the default, and without that the outcome is another (or none at all)."""
    if path[0] in ("podSecurityContext", "securityContext") and path[-1] not in ("runAsUser", "runAsGroup", "fsGroup"):
        # What makes a pod safe is in no set otherwise: taken out, it is missed.
        assert template(MINIMAL, nested(path, None), folder=tmp_path).output != rendered(MINIMAL)
        return
    for file in SETS.values():
        values = yaml.safe_load(file.read_text())
        if path[-1] in (at(values, path[:-1]) or {}):
            fewer = template(without(values, path), folder=tmp_path)
            if fewer.exit_code != 0 or fewer.output != rendered(file):
                return
    pytest.fail("no set of values in ci/ shows what it does")


def test_every_value_is_explained_and_known_to_the_schema():
    readme = (CHART / "README.md").read_text()
    for path in leaves(DEFAULTS):
        part = SCHEMA
        for key in path:
            # A map of Kubernetes' has keys that nobody tells one by one.
            if "properties" not in part:
                break
            assert key in part["properties"], f"values.schema.json has no {'.'.join(path)}"
            part = part["properties"][key]
        assert any(f"| `{'.'.join(path[:end])}` |" in readme for end in range(1, len(path) + 1)), path
    assert SCHEMA["properties"]["web"]["properties"]["tls"]["description"].startswith("Whether ")
    for row in re.findall(r"(?m)^\| `.*$", readme):
        assert re.fullmatch(r"\| `[\w.]+` \| `.+` \| .+\. \|", row), f"no default or no sentence: {row}"


GOOD_PROJECT = {"name": "a", "region": "b", "project_id": "c", "discovery": {}}
WRONG = {
    "nothing to watch": ({"config": None}, "nothing to watch"),
    "two configurations": ({"existingConfigMap": "a"}, "config and existingConfigMap: only one"),
    "no project": ({"config": {"projects": []}}, "config.projects: at least one"),
    "no shard": ({"replicas": 0}, "/replicas.*want 1"),
    "half a shard": ({"replicas": 1.5}, "/replicas"),
    "unknown": ({"replica": 2}, "'replica' not allowed"),
    "unknown below": ({"web": {"tsl": True}}, "'tsl' not allowed"),
    "a word for a number": ({"service": {"port": "http"}}, "/service/port"),
    "a level that is none": ({"log": {"level": "loud"}}, "/log/level"),
    "a digest that is none": ({"image": {"digest": "sha256:1"}}, "/image/digest"),
    "two kinds of Secrets": (
        {"credentials": {"secretFiles": {"ak": "a"}}}, "existingSecret and credentials.secretFiles: only one",
    ),
    "no Secret for a file": ({"credentials": {"existingSecret": ""}}, r"access_key_file: no Secret brings the file ak"),
    "the configuration as a secret's name": (
        {"credentials": {"existingSecret": "", "secretFiles": {"drs-exporter.yaml": "a"}}},
        "the configuration's own name",
    ),
    "a secret in a ConfigMap": (
        {"config": {"projects": [GOOD_PROJECT | {"credentials": {"aksk": {"access_key": "a", "secret_key": "b"}}}]}},
        r"projects\[0\].credentials.aksk.secret_key: a secret in a ConfigMap",
    ),
    "a token in a ConfigMap": (
        {"config": {"projects": [GOOD_PROJECT, GOOD_PROJECT | {"credentials": {"token": {"value": "b"}}}]}},
        r"projects\[1\].credentials.token.value: a secret in a ConfigMap",
    ),
    "a proxy's password": ({"config": {"http": {"proxy_url": "http://a:b@proxy"}}}, "proxy_url` with a password"),
    "TLS of nobody": ({"web": {"tls": True}}, "web.tls: needs `web.existingSecret`"),
    "passwords of nobody": ({"web": {"authentication": True}}, "web.authentication: needs `web.existingSecret`"),
    "a certificate of nobody": ({"web": {"certificateSecret": "a"}}, "web.certificateSecret: needs"),
    "trust without TLS": ({"serviceMonitor": {"tlsConfig": {"serverName": "a"}}}, "serviceMonitor.tlsConfig: needs"),
    "login without passwords": ({"serviceMonitor": {"basicAuth": {"username": {}}}}, "serviceMonitor.basicAuth: needs"),
    "no refresher": ({"workloadIdentity": {"enabled": True, "audience": "a"}}, "workloadIdentity.refresher: needed"),
    "no audience": (
        {"workloadIdentity": {"enabled": True, "refresher": {"image": "a"}}}, "workloadIdentity.audience: needed",
    ),
    "a refresher that nobody waits for": (
        {"workloadIdentity": {"enabled": True, "audience": "a", "refresher": {"image": "a"}}},
        "refresher.startupProbe: must",
    ),
    "restart of what is not seen": (
        {"config": None, "existingConfigMap": "a", "configReload": "restart"}, "configReload: `restart` sees only",
    ),
    "a flag of the chart": ({"extraArgs": ["--shard=1"]}, "extraArgs: --shard is set by the chart"),
    "a budget that blocks": ({"podDisruptionBudget": {"maxUnavailable": 0}}, "/podDisruptionBudget/maxUnavailable"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_values_are_refused_with_a_reason(case, tmp_path):
    values, reason = WRONG[case]
    done = template(MINIMAL, values, folder=tmp_path)
    assert done.exit_code != 0, "rendered all the same"
    assert re.search(reason, done.errors), done.errors
    assert done.output == ""


def test_notes_say_how_to_see_it_work():
    done = run("helm", "install", "some", CHART, f"--values={SETS['shards']}", "--dry-run=client", "--namespace=watch")
    notes = done.output.partition("NOTES:")[2]
    assert done.exit_code == 0 and "{{" not in notes, done.errors
    for command in (
        "kubectl --namespace watch rollout status statefulset/some-drs-exporter",
        "helm test --namespace watch some",
        "port-forward pod/some-drs-exporter-0",
        "Nobody scrapes it yet",
    ):
        assert command in notes


def test_the_package_renders_what_the_folder_does(tmp_path):
    done = run("helm", "package", CHART, f"--destination={tmp_path}")
    assert done.exit_code == 0, done.errors
    (package,) = tmp_path.glob("*.tgz")
    assert template(SETS["everything"], chart=package).output == rendered(SETS["everything"])
    # Helm keeps a release in a Secret, which holds 1 MiB.
    assert package.stat().st_size < 500_000


def scripts_chart(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, root / "scripts/chart", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def test_copies_tables_and_manifests_are_what_their_sources_say():
    done = scripts_chart(ROOT, "--check")
    assert done.returncode == 0, done.stderr


def test_a_drift_is_found_and_mended(tmp_path):
    for name in ("charts", "deploy", "alerts", "dashboards", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Cargo.toml", tmp_path)
    (tmp_path / "target").symlink_to(ROOT / "target")
    assert scripts_chart(tmp_path, "--check").returncode == 0
    drifts = []
    chart, plain = tmp_path / "charts/drs-exporter", tmp_path / "deploy/kubernetes"
    # What is changed, and the files that are then no longer true.
    for path, old, new, untrue in (
        (
            tmp_path / "alerts/drs-exporter.rules.yml",
            "interval: 1m",
            "interval: 2m",
            "files/alerts/drs-exporter.rules.yml",
        ),
        (tmp_path / "dashboards/drs-job.json", '"title"', '"titel"', "files/dashboards/drs-job.json"),
        (tmp_path / "Cargo.toml", '\nversion = "', '\nversion = "9', "Chart.yaml"),
        (
            chart / "values.yaml",
            "# Labels of every object.",
            "# Another comment.",
            "values.schema.json, charts/drs-exporter/README.md",
        ),
        (chart / "templates/statefulset.yaml", "Parallel", "OrderedReady", "deploy/kubernetes/statefulset.yaml"),
        (plain / "service.yaml", "10816", "10817", "deploy/kubernetes/service.yaml"),
        (plain / "left-over.yaml", "", "kind: None\n", "deploy/kubernetes/left-over.yaml"),
        (chart / "files/dashboards/left-over.json", "", "{}", "files/dashboards/left-over.json"),
    ):
        text = path.read_text() if path.exists() else ""
        assert old in text, path
        path.write_text(text.replace(old, new, 1) if old else new)
        drifts.append(untrue)
    done = scripts_chart(tmp_path, "--check")
    assert done.returncode == 1
    for untrue in drifts:
        assert untrue in done.stderr, f"{untrue}: not found to be untrue\n{done.stderr}"
    assert scripts_chart(tmp_path).returncode == 0
    done = scripts_chart(tmp_path, "--check")
    assert done.returncode == 0, done.stderr
    assert not (plain / "left-over.yaml").exists()


def test_the_plain_manifests_are_valid_without_helm():
    built = run("kubectl", "kustomize", "deploy/kubernetes")
    assert built.exit_code == 0, built.errors
    found = objects(built.output)
    assert {"StatefulSet", "ConfigMap", "Service", "NetworkPolicy"} <= {one["kind"] for one in found}
    for path in (ROOT / "deploy/kubernetes").glob("*.yaml"):
        if path.name != "kustomization.yaml":
            found += objects(path.read_text())
    for one in found:
        assert "namespace" not in one["metadata"], "kubectl -n says it"
        assert not re.search("helm", json.dumps(one), re.IGNORECASE)
        for version in VERSIONS:
            helm.validate(one, version)
    for _, pod in pods(found):
        assert helm.breaches_of_restricted(pod) == []
