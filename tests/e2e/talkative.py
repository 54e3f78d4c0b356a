"""The server process with everything logged that anything in it would log."""

from __future__ import annotations

import logging
import sys

from ordermill.entrypoints import serve

if __name__ == "__main__":
    # The first configuration of logging counts, so this one does.
    logging.basicConfig(stream=sys.stdout, level=logging.DEBUG)
    sys.exit(serve.main())
