"""What the log says of the model, in sentences for the terminal and the summary."""

from typing import Any


def model_sentences(model: dict[str, Any] | None) -> list[str]:
    """Predictions, accuracy with and without labels, and what new priors would gain."""
    if model is None:
        return []
    sentences = [_predictions(model), _accuracy(model["accuracy"])]
    truth, gain = model["labels"], model["adaptation"]
    if truth:
        without = f"; {truth['unmatched']:,} labels without an answer" if truth["unmatched"] else ""
        sentences.append(
            f"True accuracy of {truth['requests']:,} labelled requests: "
            f"{percent_interval(truth, 'accuracy')}{without}."
        )
    if gain:
        low, points, high = (100 * gain[key] for key in ("low", "gain", "high"))
        sentences.append(
            f"Adapted to the mix of the labelled genres it would be "
            f"{100 * gain['accuracy_after']:.1f} %: {points:+.1f} points ({low:+.1f} to "
            f"{high:+.1f})."
        )
    return sentences


def percent_interval(found: dict[str, Any], name: str) -> str:
    """A share in percent with its interval."""
    low, value, high = (100 * found[key] for key in ("low", name, "high"))
    return f"{value:.1f} % ({low:.1f} to {high:.1f})"


def _predictions(model: dict[str, Any]) -> str:
    name = f"Version {model['model_version']} answered {model['rows']:,} songs"
    if model["predictions"] is None:
        return f"{name}: too few to compare its answers."
    changes = ", ".join(
        f"{kind} {'changed' if found['drift_detected'] else 'as before'} ({found['effect']:.3f})"
        for kind, found in model["predictions"].items()
    )
    return f"{name}; {changes}."


def _accuracy(found: dict[str, Any]) -> str:
    if not found["estimable"]:
        return f"Accuracy without labels: not estimable, as {found['reason']}."
    return (
        f"Accuracy, if only the mix of genres changed: {percent_interval(found, 'estimate')}; "
        f"it was {100 * found['training_accuracy']:.1f} % on validation songs."
    )
