"""The portal's own settings, with what a test run needs: no .env, a fast hash, mail in memory, files in a
folder that is thrown away."""

import os
import tempfile

os.environ["QM_DEBUG"] = "1"
os.environ["QM_DATA_DIR"] = tempfile.mkdtemp(prefix="qm-tests-")

from qm_portal.settings import *  # noqa: F403

DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Without memory from test to test, such as of how often somebody has tried to sign in.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}

if "DATABASE_URL" not in os.environ:
    # A file, as in use: in memory all threads would share one connection.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # noqa: F405
STATIC_ROOT.mkdir()  # noqa: F405  (WhiteNoise warns where there is none)
