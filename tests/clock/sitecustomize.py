"""Sets the clock of every Python process ahead by the days of `CLOCK_AHEAD_DAYS`, if this folder is on its path.

A test that passes on some days alone then fails today: one with a date in it that has passed, or a certificate that ends.
"""

import os
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(days=int(os.environ["CLOCK_AHEAD_DAYS"])), tick=True).start()
