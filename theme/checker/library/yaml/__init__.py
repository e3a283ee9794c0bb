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
from .nodes import MappingNode as MappingNode
from .nodes import ScalarNode as ScalarNode
from .nodes import SequenceNode as SequenceNode
from .parser import Parser
from .reader import Reader
from .resolver import Resolver
from .scanner import Scanner


class SafeLoader(Reader, Scanner, Parser, Composer, Resolver):
    def __init__(self, stream):
        Reader.__init__(self, stream)
        for part in (Scanner, Parser, Composer, Resolver):
            part.__init__(self)


def parse(stream, Loader=SafeLoader):
    loader = Loader(stream)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()
