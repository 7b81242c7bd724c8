"""Where the built web app is: in the installed package, or in the checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
INSTALLED = _PACKAGE / "dist"
"""Where wheels have it."""
_CHECKOUT = _PACKAGE.parents[2] / "web"


def web_folder() -> Path:
    """Return the folder of the built web app; it need not exist."""
    if not INSTALLED.exists() and (_CHECKOUT / "package.json").exists():
        return _CHECKOUT / "dist"
    return INSTALLED
