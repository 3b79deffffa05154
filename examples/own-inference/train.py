"""A data scientist's own training program whose model is served by an inference.py of its own: nearest neighbours.

Nothing here is exported: the pipeline is written as it is into SM_MODEL_DIR, beside the `signature.json` that says which
fields a row has. Dandori adds the approved `code/inference.py` and a digest of every file.
"""

import argparse
import os
from pathlib import Path

import joblib
import pyarrow.parquet as pq
from dandori_trainer.script import (
    Progress,
    load_channel,
    load_spec,
    write_report,
    write_signature,
)
from inference import to_features
from sklearn.feature_extraction import DictVectorizer
from sklearn.impute import SimpleImputer
from sklearn.metrics import f1_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def read_rows(channel: str, target: str) -> tuple[list[dict], list[str]]:
    """The rows of a channel in the form in which `input_fn` gets them, and their classes."""
    rows = pq.read_table(next(Path(channel).glob("*.parquet"))).to_pylist()
    return to_features(rows), [row[target] for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--n_neighbors", type=int, default=5)
    hyperparameters = vars(parser.parse_args())
    train, validation = os.environ["SM_CHANNEL_TRAIN"], os.environ["SM_CHANNEL_VALIDATION"]
    model_dir = os.environ["SM_MODEL_DIR"]

    progress = Progress()
    progress.step("fitting", 0.0)
    spec = load_spec(os.environ["SM_CHANNEL_SPEC"])
    model = make_pipeline(
        DictVectorizer(sparse=False), SimpleImputer(), StandardScaler(), KNeighborsClassifier(**hyperparameters)
    )
    model.fit(*read_rows(train, spec.target))

    joblib.dump(model, Path(model_dir) / "model.joblib")
    write_signature(model_dir, spec, load_channel(train, spec))
    rows, truth = read_rows(validation, spec.target)
    scores = {"f1_score": float(f1_score(truth, model.predict(rows), average="weighted"))}
    write_report(model_dir, spec, "nearest_neighbours", hyperparameters=hyperparameters, validation_metrics=scores)
    progress.step("checking", 1.0, **scores)


if __name__ == "__main__":
    main()
