"""`python -m catenary`: the command line."""

import sys

from catenary.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
