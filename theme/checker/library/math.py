# What the package uses of Python's math.
inf = float("inf")
nan = float("nan")


def isinf(x):
    return x in (inf, -inf)


def isfinite(x):
    return x - x == 0


def floor(x):
    whole = int(x)
    return whole - (whole > x)


def ceil(x):
    whole = int(x)
    return whole + (whole < x)
