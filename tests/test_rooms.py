"""The rooms' arrows: who may import whom inside sklearn_ann, and where TensorFlow may come in.

The imports are parsed, not run, so that an import inside a function counts as much as one at the top of a file: the
arrows hold for both, and only TensorFlow's place asks for the difference.
"""

import ast
import functools
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1] / "sklearn_ann"
# From bottom to top. A room imports from itself and from lower floors, not from its neighbours on the same floor.
FLOORS = (
    {"persistence", "runtime", "nested_parameters", "version"},
    {"configurable", "links"},
    {
        "activations",
        "augmentations",
        "initializers",
        "losses",
        "normalizations",
        "optimizers",
        "regularizers",
        "schedules",
    },
    {"network", "data"},
    {"engines", "callbacks", "perceptron"},
    {"fitting"},
    {"keras"},
    {"estimators"},
    {"model_selection", "inspection"},
)
FLOOR_OF = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
BACKEND = "sklearn_ann.runtime.backend"
FILES = sorted(ROOT.rglob("*.py"))


def module_name(path):
    parts = ("sklearn_ann", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in FILES}


def room_of(module):
    """Return the room that a module of the package lies in; None for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else None


def is_type_checking(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def import_nodes(tree, *, lazy):
    """Yield the import statements; those inside functions, and those for type checkers, only where ``lazy``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif lazy or not (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or is_type_checking(node)):
            yield from import_nodes(node, lazy=lazy)


@functools.cache
def imported(path, *, lazy=True):
    """Return the full names of the modules that a file imports."""
    here = module_name(path).split(".")
    package = here if path.name == "__init__.py" else here[:-1]
    names = set()
    for node in import_nodes(ast.parse(path.read_text()), lazy=lazy):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
            continue
        base = package[: len(package) - node.level + 1] if node.level else []
        base = ".".join([*base, *([node.module] if node.module else [])])
        for alias in node.names:  # `from package import name`: the name is a module where there is such a file
            full = f"{base}.{alias.name}"
            names.add(full if full in MODULES else base)
    return names


@functools.cache
def reached(module):
    """Return all modules of the package that are loaded when ``module`` is imported."""
    seen, waiting = set(), [module]
    while waiting:
        name = waiting.pop()
        if name not in MODULES or name in seen:
            continue
        seen.add(name)
        waiting += imported(MODULES[name], lazy=False)
        waiting.append(name.rpartition(".")[0])  # importing a.b.c runs a and a.b too
    return seen


def test_every_module_is_in_a_room():
    assert {room_of(module) for module in MODULES} - {None} == set(FLOOR_OF)


def test_a_room_imports_only_from_rooms_below():
    wrong = [
        f"{module} imports {name}"
        for module, path in MODULES.items()
        if (room := room_of(module)) is not None  # the package's front door may show what any room has
        for name in imported(path)
        if name.startswith("sklearn_ann")
        and (other := room_of(name)) != room
        and (other is None or FLOOR_OF[other] >= FLOOR_OF[room])
    ]
    assert wrong == []


def test_tensorflow_is_imported_in_one_file():
    importers = {
        module
        for module, path in MODULES.items()
        if {name.split(".")[0] for name in imported(path)} & {"tensorflow", "keras", "scikeras"}
    }
    assert {module for module in importers if room_of(module) != "keras"} == {BACKEND}


def test_estimators_displays_and_searches_load_the_compiled_engine_only_inside_functions():
    rooms = {None, "estimators", "inspection", "model_selection"}
    assert [module for module in MODULES if room_of(module) in rooms and BACKEND in reached(module)] == []


def test_the_compiled_engine_is_seen_by_this_test():
    """Guards the test above against finding nothing: some module of the engines must reach the backend."""
    assert any(BACKEND in reached(module) for module in MODULES if room_of(module) == "engines")
