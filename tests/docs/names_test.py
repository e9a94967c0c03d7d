"""Every link, path, flag, metric and command that README, deploy/ and the dashboards' notes name is there."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import program_help

ROOT = program_help.ROOT
COMMANDS = program_help.commands()
FLAGS = {flag for command in COMMANDS.values() for flag in command.flags}
FOLDERS = ("deploy", "dashboards", "docs")
# Of other programs, named in our texts beside ours.
FOREIGN_FLAGS = {
    "--cap-add", "--cap-drop", "--pid", "--net", "--network", "--rm", "--name", "--entrypoint", "--volume", "--build-arg", "--build",  # docker, cmake
    "--read-only", "--security-opt", "--ulimit", "--memory", "--restart", "--user", "--publish",
    "--storage.tsdb.path", "--storage.tsdb.retention.time", "--storage.tsdb.retention.size", "--cluster.listen-address",
    "--cluster.peer", "--offline", "--short", "--no-install-recommends", "--now", "--target", "--start-period",
    "--interval", "--timeout", "--health-cmd", "--no-healthcheck", "--config", "--from", "--web.enable-remote-write-receiver", "--tsdb.path", "--objstore.config-file",
}
# Prometheus' own, by name; and cAdvisor's that the README says is not here.
FOREIGN_METRICS = {"up", "scrape_duration_seconds", "scrape_samples_scraped", "container_cpu_load_average_10s"}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def texts():
    """{path: text} of what people read and copy from."""
    found = {path: read(path) for path in ("README.md", "CONTRIBUTING.md", "SECURITY.md")
             if os.path.exists(os.path.join(ROOT, path))}
    for folder in FOLDERS:
        for where, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in names:
                path = os.path.relpath(os.path.join(where, name), ROOT)
                if name.endswith((".md", ".yml", ".yaml", ".service", ".default", ".1")) or name in ("Dockerfile", "rules"):
                    found[path] = read(path)
    return found


def all_paths():
    done = subprocess.run(["git", "-c", "safe.directory=*", "-C", ROOT, "ls-files", "-c", "-o", "--exclude-standard"],
                          stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.splitlines()


def anchor(heading):
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", "")).replace(" ", "-")


class Names(unittest.TestCase):
    def setUp(self):
        self.texts = texts()

    def each(self, pattern, *endings):
        """(path, line, match) of every match."""
        for path, text in self.texts.items():
            if endings and not path.endswith(endings):
                continue
            for number, line in enumerate(text.replace("\\-", "-").splitlines(), 1):
                for match in re.finditer(pattern, line):
                    yield path, number, match

    def nothing(self, faults):
        self.assertEqual(["%s:%d: %s" % fault for fault in faults], [])

    def test_links_lead_somewhere(self):
        def bad():
            for path, number, match in self.each(r"\]\(([^)\s]+)\)", ".md"):
                target, _, part = match.group(1).partition("#")
                if re.match(r"https?://", target):
                    continue
                where = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
                if not os.path.exists(os.path.join(ROOT, where)):
                    yield path, number, "no such file: " + where
                elif part and part not in {anchor(h) for h in re.findall(r"^#+ (.*)$", read(where), re.M)}:
                    yield path, number, "no such heading: " + match.group(1)
        self.nothing(bad())

    def test_paths_of_the_repository_exist(self):
        tops = sorted({path.split("/")[0] for path in all_paths() if "/" in path})
        pattern = r"(?<![\w./~}-])((?:%s)/[\w./*-]*\w)" % "|".join(map(re.escape, tops))
        def bad():
            for path, number, match in self.each(pattern):
                name = match.group(1)
                beside = os.path.join(ROOT, os.path.dirname(path), name)
                if not any(os.path.exists(p) for p in (os.path.join(ROOT, name), beside)):
                    yield path, number, "no such path: " + name
        self.nothing(bad())

    def test_files_that_compose_mounts_exist(self):
        folder = os.path.join(ROOT, "deploy/compose")
        found = re.findall(r"^ +- (\.[\w./-]*):", self.texts["deploy/compose/compose.yaml"], re.M)
        self.assertGreater(len(found), 4)
        # ./generated is what ./rules makes.
        self.assertEqual([p for p in found if p != "./generated" and not os.path.exists(os.path.join(folder, p))], [])

    def test_files_that_kustomize_takes_exist(self):
        found = re.findall(r"^  - ([\w-]+\.yaml)$|files: \[([\w.-]+)\]", self.texts["deploy/kubernetes/kustomization.yaml"], re.M)
        names = {name for pair in found for name in pair if name}
        self.assertGreater(len(names), 4)
        here = set(os.listdir(os.path.join(ROOT, "deploy/kubernetes")))
        self.assertEqual(names - here, set())
        # The monitors need an operator; they are applied by hand.
        self.assertEqual(here - names, {"kustomization.yaml", "podmonitor.yaml", "servicemonitor.yaml"})

    def test_flags_exist(self):
        def bad():
            for path, number, match in self.each(r"(?<![\w<-])(--[a-z][\w.-]*\w)(\.\*)?"):
                line = self.texts[path].replace("\\-", "-").splitlines()[number - 1]
                flag = match.group(1)
                known = FLAGS | FOREIGN_FLAGS
                if match.group(2):  # --path.* stands for several
                    known = {flag} if any(other.startswith(flag + ".") for other in FLAGS) else set()
                if flag not in known and "./dev" not in line:
                    yield path, number, "no such flag: " + flag
        self.nothing(bad())

    def test_commands_exist_and_have_the_flags_given_to_them(self):
        def bad():
            for path, number, match in self.each(r"(?:^ {4,}|`|plimsoll:\d+ )(?:sudo )?plimsoll ([a-z][a-z-]+)((?: [^`|>]*)?)"):
                name, rest = match.groups()
                if name not in COMMANDS:
                    yield path, number, "no such command: plimsoll " + name
                    continue
                for flag in re.findall(r"(?<!\S)(--[\w.-]+)", rest):
                    if flag not in COMMANDS[name].flags:
                        yield path, number, "plimsoll %s has no %s" % (name, flag)
        self.nothing(bad())

    def test_dev_commands_exist(self):
        scripts = "".join(read(path) for path in all_paths() if path == "dev" or path.startswith("tools/dev/"))
        known = set(re.findall(r"^cmd_(\w+)\(\)", scripts, re.M))
        self.nothing((path, number, "no ./dev " + match.group(1))
                     for path, number, match in self.each(r"\./dev ([a-z]+)") if match.group(1) not in known)

    def test_metrics_exist(self):
        """Full names alone; README's `{a,b}` and … stand for several and are spelled out before they are looked up."""
        known = set(re.findall(r"^# TYPE (\S+)", read("tests/golden/metrics.txt"), re.M)) | FOREIGN_METRICS
        sources = ""
        for path in all_paths():
            if path.startswith("exporter/exposition/") and path.endswith((".cc", ".h")):
                sources += read(path)
        known |= set(re.findall(r'"((?:container|machine|plimsoll|process)_[a-z0-9_]+)"', sources))
        recorded = set()
        for path in all_paths():
            if path.startswith("dashboards/prometheus/rules/"):
                recorded |= set(re.findall(r"record: (\S+)", read(path)))
        labels = set(re.findall(r"container_label_\w+", "\n".join(self.texts.values())))
        settings = {"container_labels", "container_id", "container_name", "plimsoll_tls"}
        def bad():
            for path, number, match in self.each(r"(?<![\w/.:-])((?:container|machine|plimsoll|process)_[a-z0-9_]*[a-z0-9])(?![\w*:{.-]|_)",
                                                 ".md", ".yml"):
                name = match.group(1)
                series = re.sub(r"_(bucket|sum|count)$", "", name)
                if not {name, series} & (known | recorded | labels | settings):
                    yield path, number, "no such metric: " + name
        self.nothing(bad())

    def test_ports_of_the_manifests_are_the_programs(self):
        default = COMMANDS[""].flags["--web.listen-address"].split(":")[1]
        for path in ("deploy/kubernetes/daemonset.yaml", "deploy/kubernetes/service.yaml", "deploy/compose/prometheus.yml",
                     "deploy/compose/compose.yaml", "deploy/docker/Dockerfile", "deploy/docker/healthcheck",
                     "dashboards/prometheus/kubernetes.yml"):
            self.assertIn(default, read(path), path)

    def test_labels_that_prometheus_looks_for_are_on_the_pods(self):
        (wanted,) = set(re.findall(r"label: (app\.kubernetes\.io/name=\w+)", read("dashboards/prometheus/kubernetes.yml")))
        pods = read("deploy/kubernetes/daemonset.yaml").partition("\n  template:\n")[2]
        self.assertIn(wanted.replace("=", ": "), pods.partition("    spec:")[0])

    def test_grafanas_folder_is_where_the_dashboards_are_mounted(self):
        provided = re.search(r"path: (\S+?)}?\s*$", read("deploy/compose/grafana/provisioning/dashboards/plimsoll.yaml"), re.M).group(1)
        self.assertIn("../../dashboards/grafana:%s:ro" % provided.rstrip("}"), self.texts["deploy/compose/compose.yaml"])
        for name in os.listdir(os.path.join(ROOT, "dashboards/grafana")):
            self.assertTrue(json.loads(read("dashboards/grafana/" + name))["uid"])


class Configurations(unittest.TestCase):
    def test_plimsoll_takes_every_configuration_that_is_shipped(self):
        for path in ("config/plimsoll.yaml", "deploy/compose/plimsoll.yaml", "deploy/kubernetes/plimsoll.yaml"):
            done = subprocess.run([program_help.binary(), "check-config", os.path.join(ROOT, path)], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=20, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)

    def test_prometheus_takes_the_stacks_files(self):
        """Laid out as compose.yaml mounts them, with the rules that ./rules makes."""
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed")
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(os.path.join(ROOT, "deploy/compose/prometheus.yml"), folder)
            shutil.copytree(os.path.join(ROOT, "dashboards/prometheus/rules"), folder + "/rules")
            os.mkdir(folder + "/generated")
            with open(folder + "/generated/plimsoll.yml", "wb") as file:
                subprocess.run([program_help.binary(), "rules", "--config=" + os.path.join(ROOT, "deploy/compose/plimsoll.yaml")],
                               stdout=file, stderr=subprocess.DEVNULL, check=True, timeout=20)
            done = subprocess.run(["promtool", "check", "config", folder + "/prometheus.yml"], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertIn("3 rule files found", done.stdout)

    def test_alertmanager_takes_the_stacks_file(self):
        if not shutil.which("amtool"):
            self.skipTest("amtool is not installed")
        done = subprocess.run(["amtool", "check-config", os.path.join(ROOT, "deploy/compose/alertmanager.yml")],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_compose_takes_the_stack(self):
        """docker-compose 1.29 of Debian 12, which knows less than `docker compose` does."""
        if not shutil.which("docker-compose"):
            self.skipTest("docker-compose is not installed")
        with tempfile.TemporaryDirectory() as folder:
            # As a whole: it reads .env beside the file. Never the engine's own settings of who runs this test.
            shutil.copytree(os.path.join(ROOT, "deploy/compose"), folder + "/compose")
            environment = {name: value for name, value in os.environ.items() if not name.startswith(("COMPOSE_", "DOCKER_"))}
            done = subprocess.run(["docker-compose", "config", "--services"], cwd=folder + "/compose", env=environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
            self.assertEqual((done.returncode, sorted(done.stdout.split())),
                             (0, ["alertmanager", "grafana", "plimsoll", "prometheus"]), done.stdout)

    def test_the_interval_is_prometheus_scrape_interval(self):
        """What `plimsoll rules` asks for."""
        interval = re.search(r"^  interval: (\S+)", read("deploy/compose/plimsoll.yaml"), re.M).group(1)
        self.assertEqual(re.search(r"scrape_interval: (\S+)", read("deploy/compose/prometheus.yml")).group(1), interval)
        interval = re.search(r"^  interval: (\S+)", read("deploy/kubernetes/plimsoll.yaml"), re.M).group(1)
        for path in ("dashboards/prometheus/kubernetes.yml", "deploy/kubernetes/podmonitor.yaml", "deploy/kubernetes/servicemonitor.yaml"):
            self.assertIn("interval: " + interval, read(path), path)


if __name__ == "__main__":
    program_help.main()
