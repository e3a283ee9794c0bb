"""`python -m lab`."""

import sys

from .run import main

sys.exit(main())
