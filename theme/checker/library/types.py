# What the package uses of Python's types. To Brython, dict() of a read-only mapping is read-only, too (3.15.0), so a read-only
# one is a dict here. Nothing writes to one: the tests would fail.
MappingProxyType = dict
GenericAlias = type(list[int])
