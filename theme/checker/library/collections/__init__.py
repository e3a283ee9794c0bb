# What the package uses of Python's collections, and of what difflib does.
class defaultdict(dict):
    def __init__(self, default_factory=None):
        self.default_factory = default_factory

    def __missing__(self, key):
        self[key] = value = self.default_factory()
        return value


class Counter(dict):
    def __init__(self, iterable=()):
        for item in iterable:
            self[item] += 1

    def __missing__(self, key):
        return 0

    def __sub__(self, other):
        left = Counter()
        for item, count in self.items():
            if count > other[item]:
                left[item] = count - other[item]
        return left


def namedtuple(typename, field_names):
    from typing import NamedTuple

    def new(cls, *values):
        return tuple.__new__(cls, values)

    return type(typename, (NamedTuple,), {"_fields": tuple(field_names.split()), "__new__": new})
