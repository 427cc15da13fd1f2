// What can be wrong with a source of objects, as errors with stable codes. Cold.

/** An object that the API server would not have taken either. `message` names object, field and what is wrong. */
export class ObjectError extends Error {
  readonly code = 'ERR_OBJECT';
  override readonly name = 'ObjectError';
}

/** A manifest that cannot be read. `message` is one line: `manifests: FILE: document N (line L): …`. */
export class ManifestError extends Error {
  readonly code = 'ERR_MANIFEST';
  override readonly name = 'ManifestError';
}

/** The watcher thread could not do what it was told; `message` is the line that the operator sees. */
export class WatcherError extends Error {
  readonly code = 'ERR_WATCHER';
  override readonly name = 'WatcherError';
}

/** A state file that is not used; `message` names the file and says why. */
export class StateError extends Error {
  readonly code = 'ERR_STATE';
  override readonly name = 'StateError';
}
