"""Holds JSON values to the part of JSON Schema 2020-12 that openapi.yaml uses. A word it does not know is an error."""
import re
from datetime import datetime

# Words that say something to people only.
SILENT = {"description", "default", "format", "title", "examples"}
TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "integer": lambda v: not isinstance(v, bool) and (isinstance(v, int) or isinstance(v, float) and v.is_integer()),
}


class BadSchema(Exception):
    pass


def same(a, b):
    """1 and true are the same to Python, not to JSON."""
    return a == b and isinstance(a, bool) == isinstance(b, bool)


class Schemas:
    """The schemas of a document; $ref is "#/a/b" from its root."""

    def __init__(self, document):
        self.document = document

    def resolve(self, node):
        while isinstance(node, dict) and set(node) - SILENT == {"$ref"}:
            target = self.document
            for piece in node["$ref"].removeprefix("#/").split("/"):
                if not node["$ref"].startswith("#/") or piece not in target:
                    raise BadSchema("nothing at " + node["$ref"])
                target = target[piece]
            node = target
        return node

    def faults(self, schema, value, place="$"):
        """What is wrong with the value, one line each; [] when it fits."""
        schema = self.resolve(schema)
        if not isinstance(schema, dict):
            raise BadSchema("no schema: %r" % (schema,))
        found = []
        for word, meaning in schema.items():
            if word in SILENT and word != "format":
                continue
            check = getattr(self, "_" + word.replace("$", ""), None)
            if check is None:
                raise BadSchema("unknown word %r" % word)
            found += check(meaning, value, place, schema)
        return found

    def _type(self, names, value, place, _):
        names = [names] if isinstance(names, str) else names
        if any(name not in TYPES for name in names):
            raise BadSchema("unknown type among %r" % (names,))
        if any(TYPES[name](value) for name in names):
            return []
        return ["%s: %.60r is not %s" % (place, value, " or ".join(names))]

    def _format(self, name, value, place, _):
        if name != "date-time":
            raise BadSchema("unknown format %r" % name)
        if not isinstance(value, str):
            return []
        try:
            datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ")
        except ValueError:
            return ["%s: %r is no time" % (place, value)]
        return []

    def _enum(self, values, value, place, _):
        return [] if any(same(value, one) for one in values) else ["%s: %.60r is none of %r" % (place, value, values)]

    def _required(self, names, value, place, _):
        if not isinstance(value, dict):
            return []
        return ["%s: %s is missing" % (place, name) for name in names if name not in value]

    def _properties(self, properties, value, place, _):
        if not isinstance(value, dict):
            return []
        return [fault for name, schema in properties.items() if name in value
                for fault in self.faults(schema, value[name], "%s.%s" % (place, name))]

    def _additionalProperties(self, schema, value, place, whole):
        if not isinstance(value, dict):
            return []
        others = [name for name in value if name not in whole.get("properties", {})]
        if schema is False:
            return ["%s: %s is not described" % (place, name) for name in others]
        if schema is True:
            return []
        return [fault for name in others for fault in self.faults(schema, value[name], "%s.%s" % (place, name))]

    def _items(self, schema, value, place, _):
        if not isinstance(value, list):
            return []
        return [fault for index, item in enumerate(value)
                for fault in self.faults(schema, item, "%s[%d]" % (place, index))]

    def _minItems(self, least, value, place, _):
        return self._bound(isinstance(value, list) and len(value) < least, place, "fewer items than %s" % least)

    def _maxItems(self, most, value, place, _):
        return self._bound(isinstance(value, list) and len(value) > most, place, "more items than %s" % most)

    def _minLength(self, least, value, place, _):
        return self._bound(isinstance(value, str) and len(value) < least, place, "shorter than %s" % least)

    def _maxLength(self, most, value, place, _):
        return self._bound(isinstance(value, str) and len(value) > most, place, "longer than %s" % most)

    def _minimum(self, least, value, place, _):
        return self._bound(TYPES["number"](value) and value < least, place, "%r is below %s" % (value, least))

    def _maximum(self, most, value, place, _):
        return self._bound(TYPES["number"](value) and value > most, place, "%r is above %s" % (value, most))

    def _exclusiveMinimum(self, least, value, place, _):
        return self._bound(TYPES["number"](value) and value <= least, place, "%r is not above %s" % (value, least))

    def _pattern(self, pattern, value, place, _):
        bad = isinstance(value, str) and not re.search(pattern, value)
        return self._bound(bad, place, "%.60r does not fit %s" % (value, pattern))

    def _anyOf(self, schemas, value, place, _):
        tried = [self.faults(schema, value, place) for schema in schemas]
        return [] if [] in tried else ["%s: fits none of %d: %s" % (place, len(schemas), tried)]

    def _allOf(self, schemas, value, place, _):
        return [fault for schema in schemas for fault in self.faults(schema, value, place)]

    @staticmethod
    def _bound(broken, place, what):
        return ["%s: %s" % (place, what)] if broken else []
