"""The judges of the API judged: the schema validator and the YAML reader."""
import unittest

import yaml_subset
from json_schema import BadSchema, Schemas

DOCUMENT = {"schemas": {"Time": {"type": "string", "format": "date-time"}, "Id": {"type": "integer", "minimum": 1},
                        "Again": {"$ref": "#/schemas/Id"}}}


class JsonSchemaTest(unittest.TestCase):
    def fits(self, schema, *values):
        for value in values:
            self.assertEqual(Schemas(DOCUMENT).faults(schema, value), [], value)

    def misfits(self, schema, *values):
        for value in values:
            self.assertNotEqual(Schemas(DOCUMENT).faults(schema, value), [], value)

    def test_types(self):
        self.fits({"type": "integer"}, 0, -5, 2.0)
        self.misfits({"type": "integer"}, 1.5, True, "1", None)
        self.fits({"type": "number"}, 0, 1.5)
        self.misfits({"type": "number"}, False, "1", None)
        self.fits({"type": ["string", "null"]}, "", None)
        self.misfits({"type": ["string", "null"]}, 0, [], {})
        self.fits({"type": "boolean"}, True)
        self.misfits({"type": "boolean"}, 1, "true")
        self.misfits({"type": "object"}, [])
        self.misfits({"type": "array"}, {})

    def test_bounds(self):
        self.fits({"minimum": 1, "maximum": 3}, 1, 3, "not a number")
        self.misfits({"minimum": 1, "maximum": 3}, 0.999, 3.001)
        self.fits({"exclusiveMinimum": 0}, 0.1)
        self.misfits({"exclusiveMinimum": 0}, 0)
        self.fits({"minItems": 1, "maxItems": 2}, [1], [1, 2])
        self.misfits({"minItems": 1, "maxItems": 2}, [], [1, 2, 3])
        self.misfits({"minLength": 1}, "")
        self.misfits({"maxLength": 1}, "ab")
        self.fits({"pattern": "^a+$"}, "aa", 5)
        self.misfits({"pattern": "^a+$"}, "ab")

    def test_enum_tells_one_from_true(self):
        self.fits({"enum": [1, None, "x"]}, 1, None, "x")
        self.misfits({"enum": [1, "x"]}, True, "y", None)

    def test_objects(self):
        schema = {"type": "object", "required": ["a"], "additionalProperties": False,
                  "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}
        self.fits(schema, {"a": 1}, {"a": 1, "b": "x"})
        self.misfits(schema, {}, {"a": "1"}, {"a": 1, "c": 1}, {"a": 1, "b": None})
        self.fits({"additionalProperties": {"type": "string"}}, {"x": "y"})
        self.misfits({"additionalProperties": {"type": "string"}}, {"x": 1})

    def test_items_and_places(self):
        schema = {"items": {"properties": {"n": {"type": "integer"}}}}
        self.fits(schema, [], [{"n": 1}])
        self.assertEqual(Schemas({}).faults(schema, [{"n": 1}, {"n": "x"}]), ["$[1].n: 'x' is not integer"])

    def test_references(self):
        self.fits({"$ref": "#/schemas/Again", "description": "seen past"}, 1)
        self.misfits({"$ref": "#/schemas/Again"}, 0)
        for reference in ("#/schemas/None", "elsewhere.yaml"):
            with self.assertRaises(BadSchema):
                Schemas(DOCUMENT).faults({"$ref": reference}, 1)

    def test_times(self):
        self.fits({"$ref": "#/schemas/Time"}, "2026-11-23T05:30:29.818Z")
        self.misfits({"$ref": "#/schemas/Time"}, "2026-11-23T05:30:29Z", "2026-13-23T05:30:29.818Z", "", 5)

    def test_combinations(self):
        self.fits({"anyOf": [{"type": "null"}, {"minimum": 5, "type": "integer"}]}, None, 5)
        self.misfits({"anyOf": [{"type": "null"}, {"minimum": 5, "type": "integer"}]}, 4, "x")
        self.misfits({"allOf": [{"minimum": 1}, {"maximum": 2}]}, 0, 3)

    def test_what_it_does_not_know_it_refuses(self):
        for schema in ({"oneOf": []}, {"type": "text"}, {"format": "email"}, [], {"multipleOf": 3}):
            with self.assertRaises(BadSchema):
                Schemas({}).faults(schema, "x")


class YamlSubsetTest(unittest.TestCase):
    def test_reads_blocks_and_flows(self):
        text = ('# a comment\na: 1\n"200":\n  b: [x, "y: #z", {c: null, d: [true, 1.5, -2]}]\n  e: {}\n'
                'list:\n  - name: p\n    in: query\n  - {q: []}\n  - plain words\n')
        self.assertEqual(yaml_subset.load(text), {
            "a": 1, "200": {"b": ["x", "y: #z", {"c": None, "d": [True, 1.5, -2]}], "e": {}},
            "list": [{"name": "p", "in": "query"}, {"q": []}, "plain words"]})

    def test_what_it_does_not_read_it_refuses(self):
        for text in ("a: &x 1", "a: *x", "a: |\n  text", "a: 'x'", "a: !!str 1", "a: 1\na: 2", "a:\nb: 1", "a: yes",
                     "a: 1 # note", "a: {b: 1", "a: [1 2", "a: [1]]", "\ta: 1", "---\na: 1", "a: {b: 1, b: 2}", "a: 010",
                     "a: 1e5", "a: x: y", "a:\n    b: 1\n  c: 2", "- a\nb: 1", "a: \"x", "? a", "a: {b}", "a: ~",
                     "a: {b: c: d}", "a: @x", "true: 1"):
            with self.assertRaises(yaml_subset.Unreadable, msg=text):
                yaml_subset.load(text)


if __name__ == "__main__":
    unittest.main()
