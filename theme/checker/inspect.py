# What dataclasses asks of Python's inspect: the function below its decorators, and a signature for a docstring that nobody
# reads here. The whole module brings sixteen others with it.
def unwrap(func):
    while hasattr(func, "__wrapped__"):
        func = func.__wrapped__
    return func


def signature(*_, **__):
    raise ValueError("no signatures here")
