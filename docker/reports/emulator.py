import os
import re
import warnings

PRODUCTION = (
    "K_SERVICE", "K_REVISION", "CLOUD_RUN_JOB", "CLOUD_RUN_WORKER_POOL",
    "GAE_ENV", "GAE_INSTANCE", "KUBERNETES_SERVICE_HOST",
)  # fmt: skip
URL = re.compile(r"(https?://(\[[0-9a-f:]+\]|[a-z0-9._-]+)(?::[0-9]+)?)/?")
LOOPBACK = re.compile(r"127(\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}|\[::1\]")


def emulator_url(env=os.environ):
    """The emulator's URL; None if COUNTERSIGN_EMULATOR is not set. Raises in production."""
    emulator = env.get("COUNTERSIGN_EMULATOR")
    if not emulator:
        return None
    url = URL.fullmatch(emulator.lower())
    if not url:
        raise ValueError("COUNTERSIGN_EMULATOR is not a URL such as http://127.0.0.1:8790")
    assert_not_production(emulator, env)
    origin, host = url.groups()
    allowed = env.get("COUNTERSIGN_EMULATOR_ALLOW_HOST", "").lower().split(",")
    if not LOOPBACK.fullmatch(host) and host not in (name.strip() for name in allowed):
        raise ValueError(
            f"COUNTERSIGN_EMULATOR is on {host}, not on 127.0.0.1 or [::1]: if that is the emulator's "
            f"container, set COUNTERSIGN_EMULATOR_ALLOW_HOST={host}"
        )
    warnings.warn(f"the emulator at {origin} stands in for Google", stacklevel=2)
    return origin


def assert_not_production(emulator, env):
    """Refuses the emulator in production, unless confirmed; on Cloud Run no confirmation counts."""
    firebase = ("K_SERVICE", "K_REVISION") if env.get("FUNCTIONS_EMULATOR") == "true" else ()
    signs = [name for name in PRODUCTION if name in env and name not in firebase]
    if env.get("NODE_ENV", "").strip(" \t\r\n\"'") == "production":
        signs.append("NODE_ENV=production")
    cloud_run = [name for name in signs if name == "K_SERVICE"]
    cloud_run += [name for name in env if name.startswith("CLOUD_RUN_")]
    confirmed = env.get("COUNTERSIGN_EMULATOR_CONFIRM")
    if confirmed and cloud_run and "KUBERNETES_SERVICE_HOST" not in env:
        raise RuntimeError(
            f"COUNTERSIGN_EMULATOR_CONFIRM is set beside {cloud_run[0]}, on Cloud Run: remove it and COUNTERSIGN_EMULATOR"
        )
    if signs and confirmed != emulator:
        raise RuntimeError(
            f"COUNTERSIGN_EMULATOR is set beside {signs[0]}: in production remove it; "
            f"in CI, for example, set COUNTERSIGN_EMULATOR_CONFIRM={emulator}"
        )
