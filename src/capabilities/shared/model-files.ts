import { artefactNames, artefactOf, pythonModel, type ArtefactName } from '../../contracts/python-model.js';
import type { ObjectStore } from '../../ports/object-store.js';
import { readJson } from './json-objects.js';

/** Where a model lies in the object store. */
export interface ModelPlace {
  /** Holds `signature.json`, the artefact and `training_report.json`. */
  documents: string;
  /** Holds what `python_model.json` lists. */
  files: string;
}

/** Where a training left its model. */
export function trainedModel(outputPrefix: string): ModelPlace {
  return { documents: `${outputPrefix}/model`, files: `${outputPrefix}/model` };
}

/** Where a package has its model; beside it lie the documents of the release, so that the user's files have a folder. */
export function packagedModel(packagePrefix: string): ModelPlace {
  return { documents: packagePrefix, files: `${packagePrefix}/model` };
}

/** Which artefact is there; null when there is none. */
export async function findArtefact(objects: ObjectStore, place: ModelPlace): Promise<ArtefactName | null> {
  const found = await Promise.all(artefactNames.map((name) => objects.head({ key: `${place.documents}/${name}` })));
  return artefactOf(artefactNames.filter((_, index) => found[index] !== null));
}

/** The files that a model with hooks consists of, under the names by which they are laid for a model server: `model/...`. */
export async function hookFiles(
  objects: ObjectStore,
  place: ModelPlace,
): Promise<{ key: string; fileName: string; sha256: string }[]> {
  const key = `${place.documents}/python_model.json`;
  const { files } = await readJson(objects, key, pythonModel, "The model's list of files");
  return Object.entries(files).map(([path, sha256]) => ({
    key: `${place.files}/${path}`,
    fileName: `model/${path}`,
    sha256,
  }));
}

/** Everything that a model server or the evaluation loads, as far as it is there. */
export async function modelFiles(
  objects: ObjectStore,
  place: ModelPlace,
  others: readonly string[] = [],
): Promise<{ key: string; fileName: string }[]> {
  const artefact = await findArtefact(objects, place);
  const names = [...(artefact === null ? [] : [artefact]), 'signature.json', ...others];
  const found = await Promise.all(names.map((name) => objects.head({ key: `${place.documents}/${name}` })));
  const hooks = artefact === 'python_model.json' ? await hookFiles(objects, place) : [];
  return [
    ...names
      .filter((_, index) => found[index] !== null)
      .map((fileName) => ({ key: `${place.documents}/${fileName}`, fileName })),
    ...hooks.map(({ key, fileName }) => ({ key, fileName })),
  ];
}
