# What the package uses of Python's functools. A full cache forgets what it was first given, not what was last asked for.
def lru_cache(maxsize=128, typed=False):
    if callable(maxsize):
        return lru_cache()(maxsize)

    def caching(function):
        kept = {}

        def cached(*args):
            try:
                return kept[args]
            except KeyError:
                result = function(*args)
            if maxsize is not None and len(kept) >= maxsize:
                del kept[next(iter(kept))]
            kept[args] = result
            return result

        return cached

    return caching


def cache(function):
    return lru_cache(None)(function)


class cached_property:
    def __init__(self, function):
        self.function = function

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        values = instance.__dict__
        if self.name not in values:
            values[self.name] = self.function(instance)
        return values[self.name]


def partial(function, /, *args, **keywords):
    return lambda *more, **others: function(*args, *more, **{**keywords, **others})
