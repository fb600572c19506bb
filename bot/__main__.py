"""`python -m bot …`: see `bot.commands`."""

import sys

from bot.commands import main

sys.exit(main())
