"""Django settings of LanTian; everything that differs between offices comes from :mod:`lantian.web.conf`."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from lantian.web import conf

PACKAGE = Path(__file__).resolve().parent
DATA = conf.data_folder()
DEMO = conf.flag("LANTIAN_DEMO")

SECRET_KEY = conf.secret_key(DATA)
SECRET_KEY_FALLBACKS = conf.former_keys(DATA)
DEBUG = conf.flag("LANTIAN_DEBUG")
ALLOWED_HOSTS = conf.names("LANTIAN_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = conf.names("LANTIAN_ORIGINS")
HTTPS = conf.flag("LANTIAN_HTTPS")
BEHIND_PROXY = conf.flag("LANTIAN_BEHIND_PROXY")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_filters",
    "django_tables2",
    "axes",
    "csp",
    "huey.contrib.djhuey",
    "lantian.apps.core",
    "lantian.apps.plans",
    "lantian.apps.air",
    "lantian.apps.sources",
    "lantian.apps.monitoring",
    "lantian.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "lantian.web.middleware.PrivacyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "lantian.apps.core.middleware.SessionGuard",
    "lantian.apps.core.middleware.LoginRequired",
    "lantian.apps.core.middleware.CoreErrors",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "lantian.web.urls"
WSGI_APPLICATION = "lantian.web.wsgi.application"
ASGI_APPLICATION = "lantian.web.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "lantian.web.context.shell",
            ],
        },
    }
]

DATABASES = {"default": conf.database(DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "lantian.apps.core.auth.Backend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# The rules themselves are parameters of the security policy, which the office sets on its page.
AUTH_PASSWORD_VALIDATORS = [{"NAME": "lantian.web.validators.PolicyValidator"}]

# Five failures lock an account for ten minutes: what offices know; the security policy may say otherwise. Nobody is
# exempt, names that nobody has are locked too, and a try during the lock does not make it longer.
AXES_FAILURE_LIMIT = "lantian.apps.core.auth.failure_limit"
AXES_COOLOFF_TIME = "lantian.apps.core.auth.cool_off"
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_LOCKOUT_CALLABLE = "lantian.apps.core.auth.keep_response"
AXES_USERNAME_CALLABLE = "lantian.apps.core.auth.username_of"
AXES_CLIENT_IP_CALLABLE = "lantian.apps.core.actions.client_ip"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# Log-ins are in the action log, which cannot be changed; a second record of them is one too many.
AXES_DISABLE_ACCESS_LOG = True
AXES_ALLOWED_CORS_ORIGINS = ""

LOGIN_URL = "core:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "core:login"

LANGUAGE_CODE = conf.choice("LANTIAN_LANGUAGE", "zh-hans", ("zh-hans", "en"))
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# What a filter that is not set says.
FILTERS_EMPTY_CHOICE_LABEL = _("All")

# Observations: a folder, or s3://bucket/folder with the options of the storage.
LAKE = conf.lake(str(DATA / "lake"))
LAKE_OPTIONS = conf.pairs("LANTIAN_LAKE_OPTIONS")
# A folder from which the worker imports complete files of air data; empty: none.
AIR_FOLDER = conf.text("LANTIAN_AIR_FOLDER")
# Tiles below the maps, such as those of an own tile server: https://…/{z}/{x}/{y}.png. Empty: outlines alone.
MAP_TILES = conf.text("LANTIAN_MAP_TILES")

STATIC_URL = "static/"
STATICFILES_DIRS = [PACKAGE / "static"]
STATIC_ROOT = DATA / "static"
MEDIA_ROOT = DATA / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        # Names with a hash: browsers keep a file for good and still see each new version.
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
# The folder of an office is made by the first `serve`; other commands need none.
if not DEBUG and STATIC_ROOT.parent.is_dir():
    STATIC_ROOT.mkdir(exist_ok=True)

# What a request may bring. A file may have 50 MB (apps.core.files); the whole body is cut off in lantian.web.asgi.
MAX_BODY_BYTES = conf.number("LANTIAN_MAX_UPLOAD_MB", 60, 1, 2000) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = DATA / "tmp"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# Cookies know no ports: the demo beside an office on one machine needs names of its own.
_COOKIES = "lantian_demo" if DEMO else "lantian"
SESSION_COOKIE_NAME = f"{_COOKIES}_session"
CSRF_COOKIE_NAME = f"{_COOKIES}_csrf"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# The longest that the security policy can allow; it asks for less. The session also ends with the browser.
SESSION_COOKIE_AGE = 72 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "lantian.web.errors.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    # An office stands behind one address: a lock by address would lock out everybody at the fifth slip of anybody.
    "axes.W006",
    # What stands beside us on the office's domain, and whether browsers ship it in a list, is not ours to decide.
    "security.W005",
    "security.W021",
]
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        # ECharts and Leaflet place their elements by style attributes.
        "style-src": [SELF],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:", *conf.origins(MAP_TILES)],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "frame-src": [NONE],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

HUEY = {
    "huey_class": "huey.SqliteHuey",
    "name": "lantian",
    "filename": str(DATA / "jobs.sqlite3"),
    # What a job gives back stands in its own row.
    "results": False,
    "immediate": False,
    "utc": True,
    "consumer": {
        "workers": conf.number("LANTIAN_JOB_THREADS", 2, 1, 32),
        "worker_type": "thread",
        "initial_delay": 0.2,
        "max_delay": 2.0,
        "check_worker_health": True,
    },
}

LOGGING = conf.log_lines(
    DATA,
    process=conf.choice("LANTIAN_PROCESS", "cli", ("cli", "web", "worker")),
    level=conf.choice("LANTIAN_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    console=DEBUG,
)
