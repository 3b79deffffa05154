import { isObject } from '../../src/workflow/engine/json.js';
import { itemsFromObject } from '../../src/workflow/engine/item-reader.js';
import { StateFailure } from '../../src/workflow/engine/failure.js';
import type { ItemReader } from '../../src/workflow/engine/interpreter/types.js';

/** An object of the recorded bucket. */
export interface StoredObject {
  Bucket: string;
  Key: string;
  Body: string;
}

/** Reads the items of a Distributed Map from objects in memory. */
export function s3Reader(objects: StoredObject[]): ItemReader {
  return (reader, request) => {
    const key = isObject(request) ? request['Key'] : undefined;
    if (String(reader['Resource']).endsWith('listObjectsV2')) {
      return objects.map((object) => ({ Key: object.Key, Size: Buffer.byteLength(object.Body) }));
    }
    const found = objects.find((object) => object.Key === key);
    if (found === undefined)
      throw new StateFailure('States.ItemReaderFailed', `no object ${String(key)}`, { framed: false });
    return itemsFromObject(isObject(reader['ReaderConfig']) ? reader['ReaderConfig'] : {}, found.Body);
  };
}
