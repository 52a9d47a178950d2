"""Every setting, read from the environment. What is missing or malformed stops the start with a sentence
that says what to set; README.md has the table."""

import os
import re
from pathlib import Path

import bootstrap_wrapper
import dj_database_url
import font_source_serif_pro
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured


def flag(name: str, default: bool) -> bool:
    """The on/off setting `name`: 1/0, true/false, yes/no or on/off."""
    value = os.environ.get(name, "").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    if value in ("0", "false", "no", "off"):
        return False
    if value:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return default


def number(name: str, default: int) -> int:
    """The whole-number setting `name`, which must be above zero."""
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdecimal() or int(value) < 1:
        raise ImproperlyConfigured(f"{name} must be a whole number above zero, not {value!r}.")
    return int(value)


def required(name: str, example: str, *, debug_default: str) -> str:
    """The text setting `name`. Outside DEBUG it has no default."""
    value = os.environ.get(name, "").strip()
    if not value and not DEBUG:
        raise ImproperlyConfigured(
            f"Set {name} (for example {example}), or QM_DEBUG=1 to try the portal out."
        )
    return value or debug_default


BASE_DIR = Path(__file__).resolve().parent.parent
DEBUG = flag("QM_DEBUG", False)
DATA_DIR = Path(os.environ.get("QM_DATA_DIR", "").strip() or BASE_DIR / "var").resolve()

SECRET_KEY = required(
    "QM_SECRET_KEY", "50 random characters", debug_default="only-for-trying-the-portal-out" * 2
)
BASE_URL = required("QM_BASE_URL", "https://qm.example.se", debug_default="http://127.0.0.1:8000").rstrip("/")
if not BASE_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured(
        "QM_BASE_URL must start with https:// (or http:// when trying the portal out)."
    )
_hosts = required("QM_ALLOWED_HOSTS", "qm.example.se", debug_default="127.0.0.1,localhost,[::1]")
ALLOWED_HOSTS = [host.strip() for host in _hosts.split(",") if host.strip()]
CSRF_TRUSTED_ORIGINS = [BASE_URL] if BASE_URL.startswith("https://") else []

# --- The association -------------------------------------------------------------------------------------
QM_ISSUER = "Svenska Stadskärnor"
QM_CONTACT_EMAIL = required("QM_CONTACT_EMAIL", "kansli@example.se", debug_default="kansli@qm.example")
QM_EVIDENCE_MAX_BYTES = number("QM_EVIDENCE_MAX_MB", 25) * 1024 * 1024
QM_EVIDENCE_MAX_FILES = number("QM_EVIDENCE_MAX_FILES", 60)
QM_EVIDENCE_TOTAL_BYTES = number("QM_EVIDENCE_TOTAL_MB", 200) * 1024 * 1024
# Where ClamAV's clamd listens. Empty: evidence isn't scanned.
QM_CLAMD = os.environ.get("QM_CLAMD", "").strip()
if QM_CLAMD and not re.fullmatch(r"unix:/.+|([\w.-]+|\[[0-9a-fA-F:.]+\]):\d{1,5}", QM_CLAMD):
    raise ImproperlyConfigured(
        f"QM_CLAMD must be unix:/path/to/clamd.ctl or host:port, or empty, not {QM_CLAMD!r}."
    )

# --- Applications and middleware -------------------------------------------------------------------------
INSTALLED_APPS = [
    "members",
    "applications",
    "qm_portal.apps.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "import_export",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "qm_portal.middleware.Utf8Middleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "members.middleware.LanguageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "qm_portal.middleware.SignedOutMiddleware",
    "applications.views.second_factor.SecondFactorMiddleware",
    "applications.views.diagnosis.MovedMiddleware",
    "qm_portal.middleware.NotFoundMiddleware",
]
ROOT_URLCONF = "qm_portal.urls"
WSGI_APPLICATION = "qm_portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "applications.context.portal",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database, files, tasks ------------------------------------------------------------------------------
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if os.environ.get("DATABASE_URL", "").strip():
    DATABASES = {"default": dj_database_url.config(conn_max_age=60, conn_health_checks=True)}
    if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must be a postgresql:// address, or empty for SQLite.")
else:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(DATA_DIR / "qm.sqlite3"),
            # Immediate: a transaction that will write takes its turn at the start, instead of failing
            # half-way with 'database is locked'.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                # Recursive triggers: without them REPLACE would delete a row behind the triggers' backs.
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                " PRAGMA recursive_triggers=ON;",
            },
        }
    }

STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # No base_url: evidence and certificates are only ever sent by a view that has checked who asks.
        "OPTIONS": {"location": DATA_DIR / "files", "base_url": None, "file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Shared by all processes of the machine: it counts how often somebody has tried to sign in.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
FILE_UPLOAD_HANDLERS = ["applications.evidence.BoundedUploadHandler"]
FILE_UPLOAD_TEMP_DIR = None

# Mail and PDFs run at once after the commit, or in `manage.py db_worker` where there is one.
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend"
        if flag("QM_WORKER", False)
        else "django_tasks.backends.immediate.ImmediateBackend"
    }
}

# --- Static files ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/bootstrap", bootstrap_wrapper.get_bootstrap_dir()),
    ("vendor/source-serif", Path(font_source_serif_pro.font_directory)),
]

# --- Mail ------------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = os.environ.get("QM_FROM_EMAIL", "").strip() or QM_CONTACT_EMAIL
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_SUBJECT_PREFIX = ""
if DEBUG and not os.environ.get("QM_SMTP_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
else:
    EMAIL_HOST = required("QM_SMTP_HOST", "smtp.example.se", debug_default="127.0.0.1")
    EMAIL_PORT = number("QM_SMTP_PORT", 587)
    EMAIL_HOST_USER = os.environ.get("QM_SMTP_USER", "")
    EMAIL_HOST_PASSWORD = os.environ.get("QM_SMTP_PASSWORD", "")
    EMAIL_USE_TLS = flag("QM_SMTP_TLS", True)
    EMAIL_TIMEOUT = 20

# --- Language and time -----------------------------------------------------------------------------------
LANGUAGE_CODE = "sv"
LANGUAGES = [("sv", "Svenska"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "qm_portal.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Stockholm"

# --- Signing in ------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "members.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "application_list"
ACCOUNT_ADAPTER = "members.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60  # Mail can be slow.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
# One proxy's word on who asks, and none where there is no proxy.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if flag("QM_BEHIND_PROXY", False) else 0
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = BASE_URL.partition(":")[0]
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
MFA_TOTP_ISSUER = "Quality Mark"
# Whether those who work for the association must have a key or an app beside their password.
QM_REQUIRE_MFA = flag("QM_REQUIRE_MFA", not DEBUG)

# --- Safety ----------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # data: is for the icons inside Bootstrap's style sheet and the one-time code's QR picture.
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "applications.views.errors.csrf_failure"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
if not DEBUG:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if flag("QM_BEHIND_PROXY", False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

MESSAGE_TAGS = {40: "danger"}
