# What the package uses of Python's enum: members by name, by value and in order, each of a value of its own.
class auto:
    pass


class EnumType(type):
    def __new__(mcls, name, bases, namespace):
        members = {key: value for key, value in namespace.items() if not key.startswith("_")}
        cls = type.__new__(mcls, name, bases, {key: namespace[key] for key in namespace if key not in members})
        cls.__members__ = {}
        for key, given in members.items():
            value = len(cls.__members__) + 1 if isinstance(given, auto) else given
            member = str.__new__(cls, value) if issubclass(cls, str) else object.__new__(cls)
            member.name, member.value = key, value
            cls.__members__[key] = member
            setattr(cls, key, member)
        return cls

    def __call__(cls, value):
        for member in cls:
            if value == member.value or value is member:
                return member
        raise ValueError(f"{value!r} is not a valid {cls.__qualname__}")

    def __iter__(cls):
        return iter(cls.__members__.values())

    def __len__(cls):
        return len(cls.__members__)

    def __contains__(cls, value):
        return any([value == member.value or value is member for member in cls])

    def __getitem__(cls, name):
        return cls.__members__[name]


class Enum(metaclass=EnumType):
    def __repr__(self):
        return f"<{type(self).__name__}.{self.name}: {self.value!r}>"

    def __str__(self):
        return f"{type(self).__name__}.{self.name}"

    def __hash__(self):
        return hash(self.name)


class StrEnum(str, Enum):  # noqa: UP042
    __repr__ = Enum.__repr__

    def __str__(self):
        return self.value

    def __format__(self, spec):
        return format(self.value, spec)
