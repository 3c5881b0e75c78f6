"""``python -m cli``, for when the command is not on the path."""

from __future__ import annotations

import sys

from cli.main import main

sys.exit(main())
