# PyYAML's scanner with a shortcut: a line such as `key: value` or `- name: value` becomes its tokens at once. PyYAML asks
# for every letter by itself, which was more than half of an answer's time in Brython. The tokens and their places are
# PyYAML's, as tests hold; whatever else a line may be is left to it.
import re

from .error import Mark
from .reader import Reader
from .scanner import Scanner, SimpleKey
from .tokens import (
    BlockEntryToken,
    BlockMappingStartToken,
    BlockSequenceStartToken,
    KeyToken,
    ScalarToken,
    ValueToken,
)

# The end of a line, comments and empty lines, and the blanks before the first token.
_BEFORE = r"((?: *(?:#[\t -~\xa1-\u2027\u2030-\ud7ff]*)?\n)*)( *)"
# A value of printable ASCII that ends in its line. Where the next line might go on with a plain one, its blanks are kept.
_PLAIN = r"((?:[$(+./0-9<=A-Z^_a-z~]|-(?=[!-~]))(?:[!-9;-~]|:(?=[!-~])| +(?=[!\"$-9;-~]))*)(?= +#|\n( *)[!-~\0])"
_QUOTED = r"\"([ !#-\[\]-~]*)\"(?=\n)|'([ -&(-~]*)'(?=\n)"
_KEY = r"([A-Za-z0-9_][-./A-Za-z0-9_]{0,200}):(?=[ \n])"
_LINE = re.compile(rf"{_BEFORE}((?:- +)*)(?:{_KEY})?(?:( *)(?:{_PLAIN}|{_QUOTED}))?")


class LineScanner(Reader, Scanner):
    def fetch_more_tokens(self):
        if self.flow_level or not self._take(_LINE.match(self.buffer, self.pointer)):
            Scanner.fetch_more_tokens(self)

    # Where no simple key is possible, the first token is what it is.
    def need_more_tokens(self):
        return not (self.tokens and not self.possible_simple_keys) and Scanner.need_more_tokens(self)

    # Takes a line, its value only where that is an ordinary one. Where it returns False, nothing has changed.
    def _take(self, line):
        before, blanks, entries, key, gap, plain, next_blanks, double, single = line.groups()
        if not before and (self.possible_simple_keys or not self.allow_simple_key):
            return False
        column = len(blanks) + (0 if before else self.column)
        value, style = (plain, None) if plain is not None else (double, '"') if double is not None else (single, "'")
        block = column + (entries.rfind("-") if key is None else len(entries))
        if next_blanks is not None and len(next_blanks) > block:
            value = None
        if key is None and (value is None or not entries):
            return False
        at = self.pointer + len(before) + len(blanks)
        self.pointer = self.index = at
        self.line += before.count("\n")
        self.column = column
        if self.possible_simple_keys:
            self.stale_possible_simple_keys()
        self.unwind_indent(column)
        tokens, name, row, buffer, begin = self.tokens, self.name, self.line, self.buffer, at - column
        mark = lambda at: Mark(name, at, row, at - begin, buffer, at)  # noqa: E731
        if entries:
            for step in entries.split("-")[1:]:
                start = mark(at)
                if self.add_indent(at - begin):
                    tokens.append(BlockSequenceStartToken(start, start))
                tokens.append(BlockEntryToken(start, mark(at + 1)))
                at += 1 + len(step)
        if key is not None:
            start = mark(at)
            if self.add_indent(at - begin):
                tokens.append(BlockMappingStartToken(start, start))
            at += len(key)
            end = mark(at)
            at += 1
            tokens += [KeyToken(start, start), ScalarToken(key, True, start, end), ValueToken(end, mark(at))]
        if value is not None:
            start = mark(at + len(gap))
            if key is None and next_blanks is None:  # until the line has ended, PyYAML takes it for a possible key
                number = self.tokens_taken + len(tokens)
                self.possible_simple_keys[0] = SimpleKey(number, False, start.index, row, start.column, start)
            at += len(gap) + len(value) + (0 if style is None else 2)
            tokens.append(ScalarToken(value, style is None, start, mark(at), style))
        self.pointer = self.index = at
        self.column = at - begin
        self.allow_simple_key = False
        return True
