"""Configurations that change while the program runs: what was refused is told by /metrics and by the status."""
import json
import os

from rig.case import IntegrationCase
from rig.plimsoll import Plimsoll, collector_config
from rig.program import remove_tree, temporary_directory, wait_until

RELOAD = "plimsoll%s_config_last_reload_successful"
GOOD, BROKEN = "http_server_config: {headers: {X-Frame-Options: deny}}\n", "basic_auth_user: {anna: plain}\n"


class ReloadTest(IntegrationCase):
    def setUp(self):
        self.folder = temporary_directory("web")
        self.addCleanup(remove_tree, self.folder)
        self.write(GOOD)

    def write(self, text):
        """In one step: the program may look at any moment, and an empty file is a good one."""
        with open(self.folder + "/new.yml", "w") as file:
            file.write(text)
        os.replace(self.folder + "/new.yml", self.folder + "/web.yml")

    def begin(self, *options):
        self.plimsoll = self.make(Plimsoll, collector_config(["docker"]), ["--web.enable-lifecycle", *options])

    def begin_with_web_config(self):
        self.begin("--web.config.file=%s/web.yml" % self.folder)

    def successful(self, of=""):
        """None where there is no such series."""
        return self.plimsoll.scrape().value(RELOAD % of)

    def part(self, name):
        parts = json.loads(self.plimsoll.get("/api/v1/status")[2])["parts"]
        return next((one for one in parts if one["part"] == name), None)

    def test_a_broken_web_configuration_is_told_until_it_is_mended(self):
        self.begin_with_web_config()
        self.assertEqual(self.successful("_web"), 1)
        self.assertEqual(self.part("web configuration"), {"part": "web configuration", "healthy": True, "last_error": None})
        self.write(BROKEN)
        wait_until(lambda: not self.part("web configuration")["healthy"], 10, "the fault in the status")
        self.assertIn("web.yml:1:1: ", self.part("web configuration")["last_error"])
        self.assertNotIn("plain", self.part("web configuration")["last_error"])
        wait_until(lambda: self.successful("_web") == 0, 10, "the fault in /metrics")
        self.assertEqual(self.plimsoll.get("/metrics")[1]["X-Frame-Options"], "deny", "the one before holds")
        self.assertEqual(self.successful(), 1, "the other configuration is well")
        self.write(GOOD)
        wait_until(lambda: self.successful("_web") == 1, 10, "it is mended")
        self.assertTrue(self.part("web configuration")["healthy"])

    def test_where_there_is_none_nothing_is_told_of_it(self):
        self.begin()
        self.assertIsNone(self.successful("_web"))
        self.assertIsNone(self.part("web configuration"))

    def test_a_refused_configuration_stands_in_the_status_until_one_is_taken(self):
        self.begin()
        good = collector_config(["docker"])
        self.plimsoll.write_config(dict(good, no_such_section={}))
        self.assertEqual(self.plimsoll.get("/-/reload", method="POST")[0], 400)
        self.assertFalse(self.part("configuration")["healthy"])
        self.assertIn("no_such_section", self.part("configuration")["last_error"])
        wait_until(lambda: self.successful() == 0, 10, "the refusal in /metrics")
        self.plimsoll.write_config(good)
        self.assertEqual(self.plimsoll.get("/-/reload", method="POST")[0], 200)
        self.assertEqual(self.part("configuration"), {"part": "configuration", "healthy": True, "last_error": None})
