export interface ObjectInfo {
  key: string;
  bytes: number;
  /** SHA-256 of the bytes, lower-case hex. */
  sha256: string;
}

/** Keys are relative paths (`datasets/churn/raw/...`); a put is atomic: readers see the old bytes or the new ones. `local` is a folder, `aws` is S3. */
export interface ObjectStore {
  put(params: { key: string; body: Uint8Array | string }): Promise<ObjectInfo>;
  /** Stores a local file; the source stays. Cheap where a hard link will do. */
  putFile(params: { key: string; path: string }): Promise<ObjectInfo>;
  /** `not_found` when absent. */
  get(params: { key: string }): Promise<Uint8Array>;
  /** A local path with the object's bytes, to be read only. */
  getFile(params: { key: string }): Promise<string>;
  /** Null when absent. */
  head(params: { key: string }): Promise<ObjectInfo | null>;
  /** Sorted by key. */
  list(params: { prefix: string }): Promise<ObjectInfo[]>;
  /** No error when absent. */
  delete(params: { key: string }): Promise<void>;
}
