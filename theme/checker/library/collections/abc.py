# What the package names of Python's collections.abc. Most of it stands in types, which nothing checks here.
class _Named:
    def __class_getitem__(cls, item):
        return cls


class Callable(_Named):
    pass


class Iterator(_Named):
    pass


Mapping = dict
