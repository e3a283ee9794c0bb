# What the package uses of Python's itertools. A group is a list here, whatever is asked for in between.
def pairwise(iterable):
    items = list(iterable)
    return zip(items, items[1:])  # noqa: B905, RUF007


def groupby(iterable, key=None):
    group, last = [], None
    for item in iterable:
        mark = item if key is None else key(item)
        if group and mark != last:
            yield last, iter(group)
            group = []
        group.append(item)
        last = mark
    if group:
        yield last, iter(group)
