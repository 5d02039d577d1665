"""Settings of the documentation site: ``make docs``, or ``make docs-quick`` without running the examples.

Nothing is fetched when a page is viewed: formulas are MathML, and the search index is a local file. References to other
projects become links where their inventories can be had, and plain text where not.
"""

import os
import sys
import urllib.request
from importlib import import_module
from pathlib import Path

import sklearn_ann

DOCS = Path(__file__).parent
ROOT = DOCS.parent
sys.path[:0] = [str(DOCS), str(ROOT)]
os.environ.setdefault("MPLBACKEND", "Agg")  # examples draw into files

from public_api import PUBLIC_MODULES, WITH_METHODS, is_base, public_members  # noqa: E402  (found by the path above)

project = "sklearn_ann"
author = "The sklearn_ann developers"
copyright = author
version = release = sklearn_ann.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "mathml",
]
# Tables of how long examples took are left out: their scripts come from other servers.
exclude_patterns = [
    "_build",
    "_templates",
    "parameters_by_topic.rst",
    "**/sg_execution_times.rst",
    "sg_execution_times.rst",
]
templates_path = ["_templates"]
nitpicky = True

# ---------------------------------------------------------------- pages in Markdown

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
myst_links_external_new_tab = True

# ---------------------------------------------------------------- reference


def listed(template, names, title=None):
    """Lines of a table of members, each with a page of that template; a title begins a group of the sidebar."""
    options = ["   :toctree: api", "   :nosignatures:", f"   :template: autosummary/{template}.rst"]
    if title is not None:
        options.append(f"   :caption: {title}")
    return [".. autosummary::", *options, "", *(f"   {name}" for name in names), ""]


def write_api_page():
    """Write ``api.rst``: for each public module its classes and functions, which autosummary gives a page each.

    Bases get a page with their methods, for those who write classes of their own. Their subclasses share these
    methods, so that their pages show settings only.
    """
    lines = ["API reference", "=============", "", "Every public class and function, by module.", ""]
    lines += ["Estimators also have the methods of every scikit-learn estimator: ``get_params``, ``set_params``,"]
    lines += ["``get_metadata_routing``, ``set_fit_request`` and so on.", ""]
    for title, name in PUBLIC_MODULES:
        lines += [
            title,
            "-" * len(title),
            "",
            f".. module:: {name}",
            "",
            import_module(name).__doc__.split("\n\n")[0],
            "",
        ]
        members = public_members(name)
        bases = [each for each in members if is_base(members[each], members.values())]
        template = "class" if name in WITH_METHODS else "member"
        lines += listed(template, [each for each in members if each not in bases], title)
        if bases:
            lines += [".. rubric:: Base classes", "", *listed("class", bases)]
    text = "\n".join(lines)
    page = DOCS / "api.rst"
    if not page.exists() or page.read_text() != text:
        page.write_text(text)


def skip_inherited(app, what, name, member, skip, options):
    """Leave out methods that scikit-learn defines: its own documentation has them."""
    return skip or (getattr(member, "__module__", None) or "").startswith("sklearn.") or None


def setup(app):
    """Connect the above."""
    app.connect("autodoc-skip-member", skip_inherited)


write_api_page()
autosummary_generate = True
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
numpydoc_show_class_members = False  # the class template lists them
numpydoc_class_members_toctree = False

# ---------------------------------------------------------------- other projects

INVENTORIES = {
    "python": "https://docs.python.org/3/",
    "numpy": "https://numpy.org/doc/stable/",
    "sklearn": "https://scikit-learn.org/stable/",
    "matplotlib": "https://matplotlib.org/stable/",
}


def is_reachable(url):
    """Whether the inventory of a project can be fetched."""
    try:
        with urllib.request.urlopen(f"{url}objects.inv", timeout=5):
            return True
    except OSError:
        return False


intersphinx_mapping = {name: (url, None) for name, url in INVENTORIES.items() if is_reachable(url)}
# What other projects document may be unreachable, and some of it is documented nowhere.
nitpick_ignore_regex = [
    ("py:.*", r"(sklearn|numpy|np|matplotlib|keras|tf|tensorflow|scipy|pandas)\..*"),
    ("std:term", ".*"),  # of scikit-learn's glossary, in docstrings that its classes bring along
]

# ---------------------------------------------------------------- gallery

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "ignore_pattern": r"(datasets|demo|same_results)\.py$",
    "within_subsection_order": "gallery_order.gallery_order",
    "backreferences_dir": "gallery/backreferences",
    "doc_module": ("sklearn_ann",),
    "reference_url": {"sklearn_ann": None},
    "remove_config_comments": True,
    "show_signature": False,
    "matplotlib_animations": False,
    "capture_repr": ("_repr_html_",),
    "plot_gallery": "True",
}

# ---------------------------------------------------------------- look

html_theme = "pydata_sphinx_theme"
html_title = "sklearn_ann"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "sklearn_ann"},
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "show_toc_level": 2,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "tango",
    "pygments_dark_style": "monokai",
}
html_sidebars = {
    name: []  # nothing beside them to go to
    for name in (
        "index",
        "install",
        "getting_started",
        "how_to",
        "faq",
        "benchmarks",
        "whats_new",
        "contributing",
        "add_your_own",
        "design",
        "decisions",
    )
}
