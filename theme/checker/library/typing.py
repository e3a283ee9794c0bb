# What the package uses of Python's typing: names that stand in a type do nothing here, for nothing checks one. NamedTuple has
# no part in types: packed_python.py writes `_fields`, `_field_defaults` and `__new__` into each class that is made of it.
TYPE_CHECKING = False
Any = object()


def TypeVar(name, *constraints):
    return name


class Generic:
    def __class_getitem__(cls, item):
        return cls


class NamedTuple(tuple):
    def __init_subclass__(cls):
        for at, name in enumerate(cls.__dict__.get("_fields", ())):
            setattr(cls, name, _item(at))

    @classmethod
    def _make(cls, iterable):
        return cls(*iterable)

    def _asdict(self):
        return dict(zip(self._fields, self, strict=True))

    def _replace(self, /, **kwds):
        return type(self)(**{**self._asdict(), **kwds})

    def __repr__(self):
        return f"{type(self).__name__}({', '.join([f'{name}={value!r}' for name, value in self._asdict().items()])})"


def _item(at):
    return property(lambda self: self[at])
