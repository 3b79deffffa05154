"""The hooks that serve the model, with the signatures of SageMaker's inference toolkit.

Dandori checks every row against `signature.json` before `input_fn` sees it, and turns what `output_fn` answers into the JSON
or CSV that the client accepts. `train.py` imports `to_features` from here, so that training and serving cannot differ.
"""

import json
import math
from pathlib import Path

import joblib

MEASURES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


def to_features(rows):
    """Rows as numbers and texts for a DictVectorizer: a missing number is NaN, a missing text is left out."""
    features = []
    for row in rows:
        numbers = {name: math.nan if row[name] is None else float(row[name]) for name in MEASURES}
        texts = {name: row[name] for name in ("island", "sex") if row[name] is not None}
        ratio = numbers["bill_length_mm"] / numbers["bill_depth_mm"] if numbers["bill_depth_mm"] else math.nan
        features.append({**numbers, **texts, "bill_ratio": ratio})
    return features


def model_fn(model_dir):
    """Loads what train.py left in SM_MODEL_DIR."""
    return joblib.load(Path(model_dir) / "model.joblib")


def input_fn(request_body, request_content_type):
    """The body is a JSON list of rows {feature: value}; None is a missing value. A ValueError answers 400."""
    if request_content_type != "application/json":
        raise ValueError(f"{request_content_type} is not application/json")
    rows = json.loads(request_body)
    for number, row in enumerate(rows):
        if row["body_mass_g"] is not None and row["body_mass_g"] <= 0:
            raise ValueError(f"row {number}: a penguin has a weight")
    return to_features(rows)


def predict_fn(input_data, model):
    return {
        "predictions": model.predict(input_data),
        "probabilities": model.predict_proba(input_data),
        "classes": model.classes_,
    }


def output_fn(prediction, accept):
    """One label a row, and the probability of each class in the order of `classes`."""
    return json.dumps({name: values.tolist() for name, values in prediction.items()}), accept
