// What is said of octets that are no protobuf of Kubernetes. Thrown by everything in this folder. Cold.

import { StreamError } from '../../api/events.ts';

/** `message` is one line: `protobuf: a field ends after its message`. The connection that it came from is of no use any more. */
export class ProtobufError extends StreamError {
  constructor(message: string) {
    super(`protobuf: ${message}`);
  }
}
