"""Python's `re` in the browser, on the browser's own regular expressions (regex.js). It takes the place of Brython's."""

from browser import self as _worker

NOFLAG = 0
IGNORECASE = I = 2  # noqa: E741
LOCALE = L = 4
MULTILINE = M = 8
DOTALL = S = 16
UNICODE = U = 32
VERBOSE = X = 64
ASCII = A = 256

_regex = _worker.regex
_patterns = {}


class error(Exception):
    pass


PatternError = error


class Match:
    def __init__(self, pattern, string, spans, pos=0):
        self.re, self.string, self._spans, self.pos, self.endpos = pattern, string, spans, pos, len(string)

    def _number(self, group):
        number = self.re.groupindex.get(group) if isinstance(group, str) else group
        if number is None or not 0 <= number <= self.re.groups:
            raise IndexError("no such group")
        return number

    def _text(self, group, default=None):
        start, end = self.span(group)
        return default if start < 0 else self.string[start:end]

    def span(self, group=0):
        at = 2 * self._number(group)
        return self._spans[at], self._spans[at + 1]

    def start(self, group=0):
        return self.span(group)[0]

    def end(self, group=0):
        return self.span(group)[1]

    def group(self, *groups):
        if len(groups) < 2:
            return self._text(groups[0] if groups else 0)
        return tuple([self._text(group) for group in groups])

    def __getitem__(self, group):
        return self._text(group)

    def groups(self, default=None):
        return tuple(_regex.groups(self.string, self._spans, len(self.string), default))

    def groupdict(self, default=None):
        return {name: self._text(number, default) for name, number in self.re.groupindex.items()}

    @property
    def lastgroup(self):
        """The name of the last group that took part; for the alternatives of a pattern, which hold no other groups."""
        names = [name for name, number in self.re.groupindex.items() if self._spans[2 * number] >= 0]
        return names[-1] if names else None

    def expand(self, template):
        return _filled(template, self)


class Pattern:
    def __init__(self, pattern, flags):
        self.pattern, self.flags = pattern, flags
        self._compiled = _regex.compile(pattern, flags)
        names = list(self._compiled.names)
        self.groups = len(names)
        self.groupindex = {name: number + 1 for number, name in enumerate(names) if name}

    def _find(self, kind, string, pos, endpos=None):
        if endpos is not None and endpos < len(string):
            string = string[:endpos]
        spans = list(_regex.find(self._compiled, kind, string, pos, len(string)))
        return Match(self, string, spans, pos) if spans else None

    def search(self, string, pos=0, endpos=None):
        return self._find("search", string, pos, endpos)

    def match(self, string, pos=0, endpos=None):
        return self._find("match", string, pos, endpos)

    prefixmatch = match  # its name from Python 3.15 on, which Brython's library uses

    def fullmatch(self, string, pos=0, endpos=None):
        return self._find("fullmatch", string, pos, endpos)

    def finditer(self, string, pos=0, endpos=None):
        length = len(string)
        while pos <= length:
            found = self._find("search", string, pos, endpos)
            if found is None:
                return
            yield found
            start, end = found.span()
            pos = end + 1 if start == end else end

    def findall(self, string, pos=0, endpos=None):
        shown = lambda found: found.groups("") if self.groups > 1 else found._text(self.groups, "")  # noqa: E731
        return [shown(found) for found in self.finditer(string, pos, endpos)]

    def subn(self, repl, string, count=0):
        parts, at, done = [], 0, 0
        for found in self.finditer(string):
            if count and done == count:
                break
            start, end = found.span()
            parts += [string[at:start], repl(found) if callable(repl) else _filled(repl, found)]
            at, done = end, done + 1
        return "".join([*parts, string[at:]]), done

    def sub(self, repl, string, count=0):
        return self.subn(repl, string, count)[0]

    def split(self, string, maxsplit=0):
        parts, at = [], 0
        for found in self.finditer(string):
            if maxsplit and len(parts) >= maxsplit * (self.groups + 1):
                break
            start, end = found.span()
            parts += [string[at:start], *found.groups()]
            at = end
        return [*parts, string[at:]]


def _filled(template, found):
    """A replacement with its `\\1` and `\\g<name>` filled in."""
    if "\\" not in template:
        return template
    letters = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\"}

    def part(one):
        name, number, letter = one.groups()
        if letter is not None:
            return letters.get(letter, "\\" + letter)
        return found._text(int(number or name) if (number or name).isdigit() else name, "")

    return compile(r"\\(?:g<(\w+)>|(\d{1,2})|(.))", DOTALL).sub(part, template)


def compile(pattern, flags=0):
    if isinstance(pattern, Pattern):
        return pattern
    flags = int(flags)
    key = (pattern, flags)
    if key not in _patterns:
        _patterns[key] = Pattern(pattern, flags)
    return _patterns[key]


def search(pattern, string, flags=0):
    return compile(pattern, flags).search(string)


def match(pattern, string, flags=0):
    return compile(pattern, flags).match(string)


prefixmatch = match


def fullmatch(pattern, string, flags=0):
    return compile(pattern, flags).fullmatch(string)


def finditer(pattern, string, flags=0):
    return compile(pattern, flags).finditer(string)


def findall(pattern, string, flags=0):
    return compile(pattern, flags).findall(string)


def sub(pattern, repl, string, count=0, flags=0):
    return compile(pattern, flags).sub(repl, string, count)


def subn(pattern, repl, string, count=0, flags=0):
    return compile(pattern, flags).subn(repl, string, count)


def split(pattern, string, maxsplit=0, flags=0):
    return compile(pattern, flags).split(string, maxsplit)


def escape(pattern):
    return "".join(["\\" + letter if letter in "()[]{}?*+-|^$\\.&~# \t\n\r\v\f" else letter for letter in pattern])


def purge():
    _patterns.clear()
