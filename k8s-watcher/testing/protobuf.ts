// Plain Kubernetes JSON → protobuf as an API server sends it: objects, lists, watch frames. Tests only, and the fake API server.

import type { Encoder } from './api/encode.ts';
import type { Plain } from './objects.ts';

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
export const PROTOBUF_WATCH = 'application/vnd.kubernetes.protobuf;stream=watch';

/** What the fake API server offers beside JSON. */
export const PROTOBUF_ENCODER: Encoder = {
  contentType: PROTOBUF,
  watchContentType: PROTOBUF_WATCH,
  body: (object) => protobufBody(object),
  event: (type, object) => protobufFrame(type, object),
};

/** How the value of a field is written; a message is a table of its own. */
type Type = 'text' | 'number' | 'flag' | 'texts' | 'texts by key' | 'time' | 'octets' | readonly [Message];
/** Fields by their JSON name: number and type. A message in brackets may come more than once when the JSON has a list. */
interface Message {
  readonly [name: string]: readonly [number: number, type: Type];
}

const MANAGED_FIELDS: Message = {
  manager: [1, 'text'],
  operation: [2, 'text'],
  fieldsV1: [7, [{ Raw: [1, 'octets'] }]],
};
const OWNER: Message = { kind: [1, 'text'], name: [3, 'text'], uid: [4, 'text'], apiVersion: [5, 'text'] };
const OBJECT_META: Message = {
  name: [1, 'text'],
  generateName: [2, 'text'],
  namespace: [3, 'text'],
  selfLink: [4, 'text'],
  uid: [5, 'text'],
  resourceVersion: [6, 'text'],
  generation: [7, 'number'],
  creationTimestamp: [8, 'time'],
  deletionTimestamp: [9, 'time'],
  deletionGracePeriodSeconds: [10, 'number'],
  labels: [11, 'texts by key'],
  annotations: [12, 'texts by key'],
  ownerReferences: [13, [OWNER]],
  finalizers: [14, 'texts'],
  managedFields: [17, [MANAGED_FIELDS]],
};
const LIST_META: Message = {
  selfLink: [1, 'text'],
  resourceVersion: [2, 'text'],
  continue: [3, 'text'],
  remainingItemCount: [4, 'number'],
};
const SERVICE_PORT: Message = {
  name: [1, 'text'],
  protocol: [2, 'text'],
  port: [3, 'number'],
  nodePort: [5, 'number'],
  appProtocol: [6, 'text'],
};
const INGRESS: Message = { ip: [1, 'text'], hostname: [2, 'text'], ipMode: [3, 'text'] };
const SERVICE: Message = {
  metadata: [1, [OBJECT_META]],
  spec: [
    2,
    [
      {
        ports: [1, [SERVICE_PORT]],
        selector: [2, 'texts by key'],
        clusterIP: [3, 'text'],
        type: [4, 'text'],
        externalIPs: [5, 'texts'],
        sessionAffinity: [7, 'text'],
        externalName: [10, 'text'],
        healthCheckNodePort: [12, 'number'],
        publishNotReadyAddresses: [13, 'flag'],
        ipFamilyPolicy: [17, 'text'],
        clusterIPs: [18, 'texts'],
        ipFamilies: [19, 'texts'],
        internalTrafficPolicy: [22, 'text'],
      },
    ],
  ],
  status: [3, [{ loadBalancer: [1, [{ ingress: [1, [INGRESS]] }]] }]],
};
const REFERENCE: Message = { kind: [1, 'text'], namespace: [2, 'text'], name: [3, 'text'], uid: [4, 'text'] };
const ENDPOINT: Message = {
  addresses: [1, 'texts'],
  conditions: [2, [{ ready: [1, 'flag'], serving: [2, 'flag'], terminating: [3, 'flag'] }]],
  hostname: [3, 'text'],
  targetRef: [4, [REFERENCE]],
  nodeName: [6, 'text'],
  zone: [7, 'text'],
};
const SLICE: Message = {
  metadata: [1, [OBJECT_META]],
  endpoints: [2, [ENDPOINT]],
  ports: [3, [{ name: [1, 'text'], protocol: [2, 'text'], port: [3, 'number'], appProtocol: [4, 'text'] }]],
  addressType: [4, 'text'],
};
const CONTAINER: Message = {
  name: [1, 'text'],
  image: [2, 'text'],
  command: [3, 'texts'],
  env: [7, [{ name: [1, 'text'], value: [2, 'text'] }]],
};
const POD: Message = {
  metadata: [1, [OBJECT_META]],
  spec: [2, [{ containers: [2, [CONTAINER]], nodeName: [10, 'text'], hostNetwork: [11, 'flag'] }]],
  status: [3, [{ phase: [1, 'text'], hostIP: [5, 'text'], podIP: [6, 'text'], podIPs: [12, [{ ip: [1, 'text'] }]] }]],
};
const NAMESPACE: Message = {
  metadata: [1, [OBJECT_META]],
  spec: [2, [{ finalizers: [1, 'texts'] }]],
  status: [3, [{ phase: [1, 'text'] }]],
};
const STATUS: Message = {
  metadata: [1, [LIST_META]],
  status: [2, 'text'],
  message: [3, 'text'],
  reason: [4, 'text'],
  details: [5, [{ name: [1, 'text'], group: [2, 'text'], kind: [3, 'text'], retryAfterSeconds: [5, 'number'] }]],
  code: [6, 'number'],
};
const METADATA_ONLY: Message = { metadata: [1, [OBJECT_META]] };

const OBJECTS: Readonly<Record<string, Message>> = {
  Service: SERVICE,
  EndpointSlice: SLICE,
  Pod: POD,
  Namespace: NAMESPACE,
  PartialObjectMetadata: METADATA_ONLY,
};
const MESSAGES = new Map([
  ...Object.entries(OBJECTS),
  ...Object.entries(OBJECTS).map(([kind, item]) => [`${kind}List`, listOf(item)] as const),
  ['Status', STATUS],
]);

function listOf(item: Message): Message {
  return { metadata: [1, [LIST_META]], items: [2, [item]] };
}

/** The body of an answer: an object, a list or a Status. Throws RangeError for kinds that are not served as protobuf. */
export function protobufBody(plain: Plain): Buffer {
  const kind = String(plain['kind']);
  const message = MESSAGES.get(kind);
  if (message === undefined) throw new RangeError(`${kind} is not served as protobuf`);
  const type: Message = { apiVersion: [1, 'text'], kind: [2, 'text'] };
  return Buffer.concat([
    Buffer.from('k8s\0'),
    field(1, writeMessage(type, plain)),
    field(2, writeMessage(message, plain)),
    field(3, Buffer.alloc(0)),
    field(4, Buffer.alloc(0)),
  ]);
}

/** A frame of the body of a watch. */
export function protobufFrame(type: string, object: Plain): Buffer {
  return frame(Buffer.concat([field(1, Buffer.from(type)), field(2, field(1, protobufBody(object)))]));
}

/** Octets with their length before them. */
export function frame(octets: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(octets.length);
  return Buffer.concat([length, octets]);
}

/** Fields that the JSON has, by rising number; others of it are left out. */
function writeMessage(message: Message, plain: unknown): Buffer {
  if (!isPlain(plain)) return Buffer.alloc(0);
  const fields = Object.entries(message).sort(([, [a]], [, [b]]) => a - b);
  return Buffer.concat(fields.map(([name, [number, type]]) => writeField(number, type, plain[name])));
}

function writeField(number: number, type: Type, value: unknown): Buffer {
  if (value === undefined || value === null) return Buffer.alloc(0);
  if (typeof type !== 'string')
    return Buffer.concat([value].flat().map((item) => field(number, writeMessage(type[0], item))));
  switch (type) {
    case 'text':
      return field(number, Buffer.from(String(value)));
    case 'octets':
      return field(number, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
    case 'texts':
      return Buffer.concat([value].flat().map((text) => field(number, Buffer.from(String(text)))));
    case 'number':
    case 'flag':
      return Buffer.concat([varint(number << 3), varint(Number(value))]);
    case 'time':
      return field(number, Buffer.concat([varint(8), varint(Math.floor(Date.parse(String(value)) / 1000))]));
    case 'texts by key':
      return Buffer.concat(
        Object.entries(isPlain(value) ? value : {}).map((entry) => field(number, writeEntry(entry))),
      );
  }
}

function writeEntry([key, value]: readonly [string, unknown]): Buffer {
  return Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(String(value ?? '')))]);
}

/** A field of wire type 2. */
export function field(number: number, octets: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | 2), varint(octets.length), octets]);
}

/** Negative numbers take ten octets. */
export function varint(value: number): Buffer {
  const octets: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)));
  for (; rest > 127n; rest >>= 7n) octets.push(Number(rest & 127n) | 128);
  return Buffer.from([...octets, Number(rest)]);
}

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
