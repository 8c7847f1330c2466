"""Says of each line of standard input, an environment, what the guard makes of it."""

import sys
import warnings

from emulator import emulator_url

warnings.simplefilter("ignore")
for line in sys.stdin:
    env = dict(pair.split("=", 1) for pair in line.rstrip("\n").split("\t") if pair)
    try:
        print(emulator_url(env) or "none")
    except (ValueError, RuntimeError) as error:
        print(f"refused: {error}")
