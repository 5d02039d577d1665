"""What is public: the modules, and their classes and functions from ``__all__``."""

import inspect
from importlib import import_module

__all__ = ["PUBLIC_MODULES", "WITH_METHODS", "is_base", "public_members"]

PUBLIC_MODULES = [  # titles for the API reference, in its order
    ("Estimators", "sklearn_ann"),
    ("Activations", "sklearn_ann.activations"),
    ("Losses", "sklearn_ann.losses"),
    ("Optimizers", "sklearn_ann.optimizers"),
    ("Learning-rate schedules", "sklearn_ann.schedules"),
    ("Regularizers", "sklearn_ann.regularizers"),
    ("Initializers", "sklearn_ann.initializers"),
    ("Normalizations", "sklearn_ann.normalizations"),
    ("Augmentations", "sklearn_ann.augmentations"),
    ("Callbacks", "sklearn_ann.callbacks"),
    ("Model selection", "sklearn_ann.model_selection"),
    ("Inspection", "sklearn_ann.inspection"),
    ("Keras", "sklearn_ann.keras"),
]
# Modules whose classes are used by their methods; those of the others are passed to an estimator.
WITH_METHODS = {
    "sklearn_ann",
    "sklearn_ann.callbacks",
    "sklearn_ann.inspection",
    "sklearn_ann.keras",
    "sklearn_ann.model_selection",
}


def public_members(module_name):
    """Classes, then functions of a module, by name; of functions those that document their parameters."""
    module = import_module(module_name)
    members = {name: getattr(module, name) for name in module.__all__}
    return {
        name: member
        for name, member in sorted(members.items(), key=lambda item: (not inspect.isclass(item[1]), item[0].lower()))
        if inspect.isclass(member) or (inspect.isfunction(member) and "Parameters\n" in (member.__doc__ or ""))
    }


def is_base(member, others):
    """Whether it is a class without settings that others of them derive from."""
    if not inspect.isclass(member) or inspect.signature(member).parameters:
        return False
    return any(inspect.isclass(other) and other is not member and issubclass(other, member) for other in others)
