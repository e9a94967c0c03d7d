"""The page at "/" in a real headless Chromium, over a real Plimsoll with real containers; tests/page/ drives the browser."""
import json
import os
import shutil
import subprocess

from rig.case import PREFIX, IntegrationCase, missing
from rig.docker import DockerEngine
from rig.plimsoll import REPOSITORY, Plimsoll, binary, collector_config
from rig.program import Missing, remove_tree, require, run, temporary_directory, wait_until

SOURCES = os.path.join(REPOSITORY, "tests", "page")
BURN = ["sh", "-c", "while :; do :; done"]
# Far from the line of the alerts, on a slow machine, too.
WORK = ["sh", "-c", "while :; do i=0; while [ $i -lt 600 ]; do i=$((i+1)); done; echo x >/tmp/x; sleep 0.2; done"]
REST = ["sleep", "1000000"]
SHOP = {"com.docker.compose.project": "shop", "com.docker.compose.service": "web"}
CROWD = 500
HOSTILE = ["<img src=x onerror=alert(1)>", "</td><script>document.title='pwned'</script>", "\"'&amp;{{7*7}}`${1}`",
           "\u202egnp.exe", "long-" + "x" * 240]


def folder():
    """What the browser needs and leaves, beside the program: build/.../browser."""
    path = os.path.join(os.path.dirname(binary()), "browser")
    os.makedirs(path, exist_ok=True)
    return path


def playwright():
    """Where node finds playwright-core, exactly as tests/page/package-lock.json has it."""
    node, npm = require("node", "npm")
    place = folder()
    with open(SOURCES + "/package-lock.json") as file:
        wanted = file.read()
    try:
        with open(place + "/installed.json") as file:
            if file.read() == wanted:
                return node, place
    except FileNotFoundError:
        pass
    for name in ("package.json", "package-lock.json"):
        shutil.copy(os.path.join(SOURCES, name), place)
    run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], timeout=100, cwd=place)
    with open(place + "/installed.json", "w") as file:
        file.write(wanted)
    return node, place


class Tools:
    """A rig: (node, chromium, where playwright-core and the screenshots are)."""

    def __enter__(self):
        chromium = require("chromium")
        node, modules = playwright()
        return node, chromium, modules

    def __exit__(self, *_):
        pass


class Scenario:
    """One run of tests/page/page.mjs."""

    def __init__(self, tools, plimsoll, name, *words):
        node, chromium, modules = tools
        environment = dict(os.environ, CHROMIUM=chromium, PAGE_MODULES=modules, SCREENSHOTS=modules + "/screenshots")
        base = "http://127.0.0.1:%d" % plimsoll.port
        self.process = subprocess.Popen([node, SOURCES + "/page.mjs", base, name, *words], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        self.told = ""

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def wait_for(self, word):
        """Reads on to a line that begins so, and returns it."""
        for line in self.process.stdout:
            self.told += line
            if line.startswith(word):
                return line
        raise AssertionError("it ended before it said %s:\n%s" % (word, self.told))

    def end(self):
        rest, _ = self.process.communicate(timeout=120)
        self.told += rest
        if self.process.returncode != 0:
            raise AssertionError(self.told)
        return self.told


class NodeTest(IntegrationCase):
    """The page's modules without a browser."""

    def play(self, name):
        try:
            node = require("node")
        except Missing as reason:
            missing(reason)
        place = temporary_directory("page")
        self.addCleanup(remove_tree, place)
        shutil.copytree(os.path.join(REPOSITORY, "exporter", "page", "static"), place + "/static")
        shutil.copy(SOURCES + "/package.json", place)
        run([node, SOURCES + "/" + name], env=dict(os.environ, PAGE_STATIC=place + "/static"))

    def test_figures_and_matchers_are_written_as_people_read_them(self):
        self.play("units.mjs")

    def test_a_container_listed_as_it_starts_is_shown_once_it_runs(self):
        self.play("live.mjs")


class PageCase(IntegrationCase):
    time_limit = 200

    @classmethod
    def setUpClass(cls):
        cls.tools = cls.share(Tools)

    def play(self, name, *words):
        with Scenario(self.tools, self.plimsoll, name, *words) as scenario:
            return scenario.end()


class PageTest(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine = cls.share(lambda: DockerEngine("/%spage" % PREFIX))

    def setUp(self):
        self.addCleanup(self.engine.clear)
        self.storage = temporary_directory("page")
        self.addCleanup(remove_tree, self.storage)

    def begin(self, *options):
        self.engine.begin(PREFIX + "web", WORK, SHOP, memory=64 << 20)
        self.engine.begin(PREFIX + "db", REST, SHOP, memory=32 << 20)
        self.engine.begin(PREFIX + "cache", WORK, {"com.docker.compose.project": "lab"})
        config = collector_config(["docker"], docker=self.engine, include=[PREFIX + "*"])
        config["alerting"] = {"recreate_grace": "2s", "rules": [
            {"name": "Busy", "metric": "cpu_percent", "op": ">=", "threshold": 10, "breaches": 2, "recoveries": 2,
             "match": {"name": PREFIX + "*"}}]}
        self.plimsoll = self.make(Plimsoll, config, ["--storage.path=%s/plimsoll.db" % self.storage, *options])
        wait_until(lambda: self.running() == 3, 20, "three containers")

    def running(self):
        return json.loads(self.plimsoll.get("/api/v1/containers")[2])["running"]

    def test_the_figures_are_those_of_the_api(self):
        self.begin()
        self.play("values", PREFIX + "web", PREFIX + "db", PREFIX + "cache")

    def test_every_column_sorts_and_filters_narrow_the_table(self):
        self.begin()
        self.play("sortAndFilter", PREFIX, "shop")

    def test_an_alert_comes_and_goes_without_a_reload(self):
        self.begin()
        burner = self.engine.create(PREFIX + "burner", BURN)
        with Scenario(self.tools, self.plimsoll, "alert", PREFIX + "burner") as scenario:
            scenario.wait_for("READY")
            self.engine.start(burner)
            scenario.wait_for("FIRED")
            self.engine.pause(burner)
            scenario.end()
        self.engine.unpause(burner)

    def test_a_container_has_charts_of_every_range(self):
        self.begin()
        self.plimsoll.next_beat(5)
        self.play("container", PREFIX + "web")

    def test_lines_and_silences_can_be_changed_where_that_is_allowed(self):
        self.begin("--web.enable-admin-api")
        self.play("changes", PREFIX + "web")

    def test_where_it_is_not_the_page_says_why(self):
        self.begin()
        self.play("readOnly", PREFIX + "web")

    def test_the_page_lives_through_a_restart(self):
        self.begin()
        with Scenario(self.tools, self.plimsoll, "reconnect") as scenario:
            scenario.wait_for("READY")
            self.plimsoll.program.process.kill()
            self.plimsoll.program.process.wait()
            scenario.wait_for("LOST")
            self.plimsoll.program.start()
            scenario.end()

    def test_whoever_gets_no_stream_sees_figures_of_now(self):
        self.begin()
        self.play("refused")

    def test_those_that_ended_are_asked_for_where_they_are_shown(self):
        self.begin()
        gone = self.engine.run(PREFIX + "gone", REST)
        wait_until(lambda: self.running() == 4, 20, "a fourth container")
        self.plimsoll.next_beat(5)
        self.engine.stop(gone)
        wait_until(lambda: self.running() == 3, 20, "its end")
        self.play("ended", PREFIX + "gone")

    def test_what_is_written_in_a_container_s_view_stays(self):
        self.begin("--web.enable-admin-api")
        self.plimsoll.next_beat(5)
        self.play("written", PREFIX + "web")

    def test_who_reads_alerts_keeps_his_place(self):
        self.begin()
        self.play("places", PREFIX + "web")

    def test_every_view_fits_light_dark_and_narrow(self):
        self.begin()
        self.engine.run(PREFIX + "burner", BURN)
        wait_until(lambda: json.loads(self.plimsoll.get("/api/v1/alerts")[2])["alerts"], 20, "an alert to look at")
        self.plimsoll.next_beat(20)
        self.play("screenshots", PREFIX + "web")
        print("screenshots are in %s/screenshots" % self.tools[2])


class CrowdTest(PageCase):
    def test_five_hundred_containers_with_hostile_names_stay_smooth(self):
        program = os.path.join(os.path.dirname(binary()), "bench_host")
        if not os.access(program, os.X_OK):
            self.fail("bench_host is not built beside the program")
        host = subprocess.Popen([program, str(CROWD), "100"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(host.wait, 60)
        self.addCleanup(host.stdin.close)
        self.addCleanup(host.stdout.close)
        root = host.stdout.readline().strip()
        if not root:
            missing("cgroups cannot be made here")
        metadata = root + "/var/lib/docker/containers"
        for name, container in zip(HOSTILE, sorted(os.listdir(metadata))):
            self.rename("%s/%s/config.v2.json" % (metadata, container), name)
        storage = temporary_directory("crowd")
        self.addCleanup(remove_tree, storage)
        self.plimsoll = self.make(Plimsoll, {"collector": {"interval": "1s", "runtimes": ["docker"]}},
                                  ["--path.rootfs=" + root, "--storage.path=%s/plimsoll.db" % storage])
        told = self.play("crowd", str(CROWD), json.dumps(HOSTILE))
        print([line for line in told.splitlines() if line.startswith("MEASURED")][0])

    def rename(self, path, name):
        with open(path) as file:
            known = json.load(file)
        known["Name"] = "/" + name
        known["Config"]["Labels"]["com.docker.compose.project"] = "shop<b>"
        with open(path, "w") as file:
            json.dump(known, file)
