"""As much of PromQL as it takes to find the selectors of an expression and what stands around them."""
import re

TOKEN = re.compile(r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
                   |(?P<variable>\$\w+|\$\{\w+\})|(?P<number>[0-9.]+[a-z]*)|(?P<sign>[=!]~|[=!<>]=|.))""", re.X | re.S)
# Words before a list of labels in parentheses.
LABEL_LISTS = {"by", "without", "on", "ignoring", "group_left", "group_right"}
WORDS = {"and", "or", "unless", "bool", "offset", "inf", "nan", "start", "end"}
AGGREGATIONS = {"sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "bottomk", "topk",
                "quantile"}
CLOSING = {"(": ")", "{": "}", "[": "]"}


class Unreadable(Exception):
    """The text is no expression that this can read."""


class Selector:
    """One metric{...}[window]; `call` is the function right around it, `calls` all of them from the outside in.

    `fixed`: it is asked at one time only, that behind an @.
    """

    def __init__(self, metric, calls):
        self.metric, self.calls = metric, tuple(calls)
        self.matchers, self.window, self.fixed = [], None, False

    @property
    def call(self):
        return self.calls[-1] if self.calls else None


def tokens(text):
    at, found = 0, []
    while text[at:].strip():
        match = TOKEN.match(text, at)
        found.append((match.lastgroup, match.group(match.lastgroup)))
        at = match.end()
    return found


class _Reader:
    def __init__(self, text):
        self.found, self.at, self.text = tokens(text), 0, text

    def peek(self, ahead=0):
        return self.found[self.at + ahead] if self.at + ahead < len(self.found) else (None, None)

    def take(self, wanted=None):
        kind, word = self.peek()
        if kind is None or (wanted is not None and word != wanted):
            raise Unreadable("%s expected before %r in: %s" % (wanted, word, self.text))
        self.at += 1
        return word

    def skip_to(self, closing):
        """The words up to the next `closing`, which is taken, too."""
        words = []
        while self.peek()[1] != closing:
            words.append(self.take())
        self.take(closing)
        return words

    def matchers(self):
        made = []
        self.take("{")
        while self.peek()[1] != "}":
            name, sign = self.take(), self.take()
            if sign not in ("=", "!=", "=~", "!~") or self.peek()[0] != "string":
                raise Unreadable("no matcher at %s %s in: %s" % (name, sign, self.text))
            made.append((name, sign, self.take()[1:-1]))
            if self.peek()[1] == ",":
                self.take()
        self.take("}")
        return made


def selectors(text):
    """All selectors of an expression. Raises Unreadable."""
    reader, found, opened = _Reader(text), [], []  # opened: (closing sign, function or None)
    while reader.peek()[0] is not None:
        kind, word = reader.peek()
        if kind == "name":
            reader.take()
            following = reader.peek()[1]
            if word in LABEL_LISTS:
                reader.take("(")
                reader.skip_to(")")
            elif following == "(":
                reader.take()
                opened.append((")", word))
            elif word in AGGREGATIONS and following in ("by", "without"):
                reader.take()
                reader.take("(")
                reader.skip_to(")")
                reader.take("(")
                opened.append((")", word))
            elif word.lower() not in WORDS:
                selector = Selector(word, [call for _, call in opened if call])
                if following == "{":
                    selector.matchers = reader.matchers()
                if reader.peek()[1] == "[":
                    reader.take()
                    selector.window = "".join(reader.skip_to("]"))
                selector.fixed = reader.peek()[1] == "@"
                found.append(selector)
        elif word in CLOSING:
            if word == "{":
                raise Unreadable("a selector without a metric in: " + text)
            reader.take()
            opened.append((CLOSING[word], None))
        elif word in CLOSING.values():
            if not opened or opened.pop()[0] != word:
                raise Unreadable("%s closes nothing in: %s" % (word, text))
            reader.take()
        else:
            reader.take()
    if opened:
        raise Unreadable("%s is missing in: %s" % (opened[-1][0], text))
    return found


def without_filters(text):
    """The expression with comparisons to a number that tell 0 or 1 instead of leaving series out; of absent(), which has
    no answer while all is well, what it misses."""
    absent = re.fullmatch(r"absent\((.*)\)", text.strip())
    return re.sub(r"(==|!=|>=|<=|>|<)\s*(?!bool)(-?[0-9.]+)", r"\1 bool \2", absent.group(1) if absent else text)
