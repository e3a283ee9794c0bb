# The package names Python's os where it reads files and the environment. A page has neither.
sep = "/"
environ = {}
