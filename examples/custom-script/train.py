"""A data scientist's own training script under the SageMaker training contract: extremely randomised trees.

Dandori starts it as `python train.py --n_estimators 200 ...` with the SM_* environment. It must leave `model.onnx` and
`signature.json` in SM_MODEL_DIR; `training_report.json` is welcome. The helpers keep Dandori's preprocessing inside the
model and fit the estimator on the float32 matrix that it gives in service; a script may do all of that by itself.
"""

import argparse
import os

from dandori_trainer.script import (
    Progress,
    load_channel,
    load_spec,
    prepare,
    score,
    write_model,
    write_report,
    write_signature,
)
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor


def main() -> None:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--n_estimators", type=int, default=200)
    parser.add_argument("--min_samples_leaf", type=int, default=5)
    parser.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--validation", default=os.environ.get("SM_CHANNEL_VALIDATION"))
    parser.add_argument("--spec", default=os.environ.get("SM_CHANNEL_SPEC"))
    parser.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR"))
    arguments = parser.parse_args()
    hyperparameters = {"n_estimators": arguments.n_estimators, "min_samples_leaf": arguments.min_samples_leaf}

    progress = Progress()
    progress.step("loading", 0.0)
    spec = load_spec(arguments.spec)
    train, validation = load_channel(arguments.train, spec), load_channel(arguments.validation, spec)

    progress.step("fitting", 0.0, algorithm="extra_trees")
    prepared = prepare(spec, train)
    kind = ExtraTreesClassifier if spec.is_classification else ExtraTreesRegressor
    estimator = kind(**hyperparameters, random_state=spec.seed)
    estimator.fit(prepared.matrix, prepared.y, sample_weight=prepared.weights)

    progress.step("exporting", 0.0, algorithm="extra_trees")
    artefact = write_model(arguments.model_dir, prepared, estimator)
    write_signature(arguments.model_dir, spec, train)
    metrics = score(spec, validation.y, artefact.predict(validation.frame))
    write_report(
        arguments.model_dir,
        spec,
        "extra_trees",
        hyperparameters=hyperparameters,
        train_metrics=score(spec, train.y, artefact.predict(train.frame)),
        validation_metrics=metrics,
    )
    shown = {spec.metric: metrics[spec.metric]} if spec.metric in metrics else {}
    progress.step("checking", 1.0, algorithm="extra_trees", **shown)


if __name__ == "__main__":
    main()
