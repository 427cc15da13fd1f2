// core.v1.Pod. Its spec, some kilobytes of containers and volumes, is passed over. Called by object.ts. Cold.

import type { ObjectId, Pod } from '../object.ts';
import { checkPod } from '../pod.ts';
import type { Body } from './body.ts';
import type { Metadata } from './meta.ts';
import { lengthTag, type Reader } from './reader.ts';

const POD = { status: lengthTag(3) } as const;
const POD_STATUS = { phase: lengthTag(1), podIP: lengthTag(6) } as const;

export class PodBody implements Body {
  #phase = '';
  #podIP = '';

  take(tag: number, reader: Reader): void {
    if (tag === POD.status) this.#readStatus(reader);
    else reader.skip(tag);
  }

  check(id: ObjectId, { labels, deletionTimestamp }: Metadata): Pod | undefined {
    const terminating = deletionTimestamp !== undefined;
    return checkPod(id, labels, { phase: this.#phase, podIP: this.#podIP, terminating });
  }

  #readStatus(reader: Reader): void {
    const outer = reader.enter();
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag())
      if (tag === POD_STATUS.phase) this.#phase = reader.word();
      else if (tag === POD_STATUS.podIP) this.#podIP = reader.text();
      else reader.skip(tag);
    reader.leave(outer);
  }
}
