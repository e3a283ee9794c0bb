# What the checker uses of PyYAML, in the place of its `__init__`: to read. What makes values or writes text stays away,
# and with it dates, Base64 and their modules. The classes are PyYAML's own; a name that is missing here is an AttributeError.
from .composer import Composer
from .error import YAMLError as YAMLError
from .events import AliasEvent as AliasEvent
from .events import MappingEndEvent as MappingEndEvent
from .events import MappingStartEvent as MappingStartEvent
from .events import ScalarEvent as ScalarEvent
from .events import SequenceEndEvent as SequenceEndEvent
from .events import SequenceStartEvent as SequenceStartEvent
from .lines import LineScanner
from .nodes import MappingNode as MappingNode
from .nodes import ScalarNode as ScalarNode
from .nodes import SequenceNode as SequenceNode
from .parser import Parser
from .reader import Reader
from .resolver import Resolver
from .scanner import Scanner
from .tokens import ScalarToken


class SafeLoader(LineScanner, Parser, Composer, Resolver):
    def __init__(self, stream):
        Reader.__init__(self, stream)
        for part in (Scanner, Parser, Composer, Resolver):
            part.__init__(self)

    # The parser asks a dozen times what the next token is; whether more must be read is settled until one is taken.
    _settled = False

    def _settle(self):
        while self.need_more_tokens():
            self.fetch_more_tokens()
        self._settled = True

    def check_token(self, *choices):
        if not self._settled:
            self._settle()
        return bool(self.tokens) and (not choices or isinstance(self.tokens[0], choices))

    def peek_token(self):
        if not self._settled:
            self._settle()
        return self.tokens[0] if self.tokens else None

    def get_token(self):
        if not self._settled:
            self._settle()
        self._settled = False
        if self.tokens:
            self.tokens_taken += 1
            return self.tokens.pop(0)

    # What a scalar without anchor and tag becomes, which the parser finds out by asking for all else first.
    def parse_node(self, block=False, indentless_sequence=False):
        if not isinstance(self.peek_token(), ScalarToken):
            return Parser.parse_node(self, block, indentless_sequence)
        token = self.get_token()
        self.state = self.states.pop()
        implicit = (token.plain, not token.plain)
        return ScalarEvent(None, None, implicit, token.value, token.start_mark, token.end_mark, style=token.style)

    # Several letters without the end of a line are passed at once.
    def forward(self, length=1):
        if length > 2 and self.pointer + length + 1 < len(self.buffer):
            passed = self.buffer[self.pointer : self.pointer + length]
            if passed.isascii() and "\n" not in passed and "\r" not in passed:
                self.pointer += length
                self.index += length
                self.column += length
                return
        Reader.forward(self, length)


def parse(stream, Loader=SafeLoader):
    loader = Loader(stream)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()
