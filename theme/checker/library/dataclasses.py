# What the package uses of Python's dataclasses, without the text that it writes and compiles for each class: packed_python.py
# writes `__init__`, `__match_args__` and `_compared` into the class when the site is built. A frozen one is not kept from being
# written to (nothing does: the tests would fail), and none has words for itself.
class Field:
    def __init__(self, name):
        self.name = name


def dataclass(cls=None, *, eq=True, frozen=False, slots=False):
    def made(cls):
        if eq:
            cls.__eq__ = _equal
            cls.__hash__ = _hash if frozen else None
        return cls

    return made if cls is None else made(cls)


def fields(instance):
    return tuple([Field(name) for name in instance.__match_args__])


def replace(obj, /, **changes):
    return type(obj)(**{**{name: getattr(obj, name) for name in obj.__match_args__}, **changes})


def _equal(self, other):
    if other.__class__ is not self.__class__:
        return NotImplemented
    for name in self._compared:
        mine, theirs = getattr(self, name), getattr(other, name)
        if mine is not theirs and mine != theirs:
            return False
    return True


def _hash(self):
    return hash(tuple([getattr(self, name) for name in self._compared]))
