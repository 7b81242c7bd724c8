"""Run the catalog's command line."""

import sys

from ifcjob_catalog.command import main

if __name__ == "__main__":
    sys.exit(main())
