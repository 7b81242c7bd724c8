"""The page of an installation without the built web app."""

from starlette.responses import HTMLResponse

from ifcjob_api import documentation

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE = f"""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>ifcjob: the web app is not built</title>
<style>body {{ font: 16px/1.6 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto 0; padding: 0 1rem }}</style>
<h1>The web app is not built</h1>
<p>The API runs. In the checkout, build the web app with Node.js 20.19 or later, and reload this page:</p>
<pre><code>make web</code></pre>
<p>The packages of releases have it already: <code>pip install ifcjob</code>.</p>
<p><a href="{documentation.PAGE}">Documentation of the API</a></p>
</html>
"""


def not_built() -> HTMLResponse:
    """Return the page."""
    return HTMLResponse(_PAGE, headers={"Cache-Control": "no-store", "Content-Security-Policy": _POLICY})
