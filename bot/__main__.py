"""`python -m bot …`: see `bot.commands`."""

import gc
import sys

# Reading and indexing titles makes a million small objects that all stay: looking for garbage among
# them again and again is an eighth of a first start.
gc.set_threshold(50_000, 20, 100)

try:
    from bot.commands import main  # the imports are part of what is spared

    status = main()
except KeyboardInterrupt:  # while the imports ran
    status = 130
sys.exit(status)
