// What can go wrong in a load test, for the person who runs it. Cold.

/** A mistake on the command line. */
export class FlagError extends Error {
  readonly code = 'ERR_FLAG';
  override readonly name = 'FlagError';
}

/** A names file that cannot be used; `message` begins with file and line. */
export class NamesError extends Error {
  readonly code = 'ERR_NAMES';
  override readonly name = 'NamesError';
}

/** A process that is to be measured is not there. */
export class ProcessError extends Error {
  readonly code = 'ERR_PROCESS';
  override readonly name = 'ProcessError';
}

/** A server that is not installed, did not start, or answers otherwise than it should. */
export class PeerError extends Error {
  readonly code = 'ERR_PEER';
  override readonly name = 'PeerError';
}

/** A cluster's API server that cannot be reached, refuses, or is described by a kubeconfig file that cannot be used. */
export class ClusterError extends Error {
  readonly code = 'ERR_CLUSTER';
  override readonly name = 'ClusterError';
}
