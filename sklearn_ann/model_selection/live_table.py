"""A text on the terminal that is renewed in place while a search runs.

Comes in: a function that makes the text. Goes out: what a terminal shows. While the text is there, rich redirects what
this process prints to above it, warnings included, as scikit-learn's ``ProgressBar`` does. Where standard output is not
a terminal, as in a notebook or a log, nothing is shown and nothing redirected. If it is closed, the search goes on.
"""

from __future__ import annotations

import contextlib
import sys
import time

from sklearn.utils._optional_dependencies import check_rich_support

from ..runtime.output import SafeStream

__all__ = ["live_table"]

_SECONDS = 0.25  # between two renewals


@contextlib.contextmanager
def live_table(make_text, caller_name):
    """Show a text until the block ends, and leave its last state there.

    Parameters
    ----------
    make_text : callable
        ``make_text()`` gives the text; lines wider than the terminal are cut.
    caller_name : str
        For the error where the package rich is missing.

    Yields
    ------
    callable
        ``renew()`` shows the text of this moment, if the last renewal is not too recent.
    """
    check_rich_support(caller_name)
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = None if sys.stdout is None else Console(file=SafeStream(sys.stdout))
    if console is None or not console.is_interactive:
        yield lambda: None
        return

    def render():
        return Text(make_text(), no_wrap=True, overflow="ellipsis")

    shown = time.monotonic()

    def renew():
        nonlocal shown
        if time.monotonic() - shown >= _SECONDS:
            live.refresh()
            shown = time.monotonic()

    with Live(get_renderable=render, console=console, auto_refresh=False) as live:
        yield renew
