# PyYAML and json look at Python's codecs when they are given bytes, and are given none here.
