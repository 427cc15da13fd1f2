// Envelopes as readable records, and a store that is transferred. Tests only.

import { type Answer, decode, type SrvAnswer } from 'dns-packet';
import { encodeName } from '#wire/name.ts';
import type { Envelope, TransferTold } from '#zone/transfer.ts';
import type { ImageOptions } from '../compile/options.ts';
import { importSliceOf } from '../objects/import.ts';
import { type ClusterObject, idOf } from '../objects/object.ts';
import { Store } from '../store/store.ts';
import { TransferDesk } from '../transfer/desk.ts';
import { PLAIN_OPTIONS } from './image.ts';
import { decoded, type Plain } from './objects.ts';

/** The message that a thread makes of an envelope. */
export function messageOf(zone: string, { octets, records }: Envelope): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(0x8400, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records, 6);
  return Buffer.concat([header, encodeName(zone), Buffer.of(0, 252, 0, 1), octets]);
}

/** Records as `OWNER TTL TYPE DATA`, names without the final dot. */
export function linesOf(zone: string, envelope: Envelope): string[] {
  return (decode(messageOf(zone, envelope)).answers ?? []).map(lineOf);
}

export function lineOf(answer: Answer): string {
  if (answer.type === 'OPT') return 'OPT';
  return `${answer.name} ${answer.ttl ?? 0} ${answer.type} ${dataOf(answer)}`;
}

function dataOf(answer: Answer): string {
  if (answer.type === 'SRV') return srvText(answer.data);
  if (answer.type !== 'SOA') return 'data' in answer ? String(answer.data) : '';
  const { mname, rname, serial = 0, refresh = 0, retry = 0, expire = 0, minimum = 0 } = answer.data;
  return [mname, rname, serial, refresh, retry, expire, minimum].join(' ');
}

function srvText({ priority = 0, weight = 0, port, target }: SrvAnswer['data']): string {
  return [priority, weight, port, target].join(' ');
}

/** A store, its desk, and everything that the desk has told. */
export class TransferRig {
  readonly store = new Store();
  readonly options: ImageOptions;
  readonly desk: TransferDesk;
  readonly told: { readonly id: number; readonly told: TransferTold }[] = [];
  serial = 1000;

  constructor(objects: readonly Plain[], options: Partial<ImageOptions> = {}) {
    this.options = { ...PLAIN_OPTIONS, localAddresses: ['192.0.2.53'], ...options };
    this.desk = new TransferDesk((id, told) => this.told.push({ id, told }));
    for (const object of objects.flatMap(seen)) this.store.apply({ action: 'put', object });
    this.store.tracking = true;
  }

  /** One batch, as the keeper of the store applies it. */
  change(put: readonly Plain[], remove: readonly Plain[] = []): void {
    for (const object of put.flatMap(seen)) this.store.apply({ action: 'put', object });
    for (const object of remove.flatMap(seen)) this.store.apply({ action: 'delete', id: idOf(object) });
    this.desk.keep(this.store);
    this.store.settle();
    this.serial++;
  }

  open(id: number, zone: string, since = 0): void {
    const { store, options, serial } = this;
    const ask = { step: 'open', image: options.key, zone: encodeName(zone), since } as const;
    this.desk.ask(id, ask, { store, options, serial });
  }

  /** What was told of a transfer since the last call. */
  take(id: number): TransferTold[] {
    const mine = this.told.filter((entry) => entry.id === id);
    for (const entry of mine) this.told.splice(this.told.indexOf(entry), 1);
    return mine.map(({ told }) => told);
  }

  /** Takes the rest of a transfer; `between` runs before every further envelope. */
  drain(id: number, zone: string, between: () => void = () => undefined): string[] {
    const lines: string[] = [];
    for (;;) {
      const [told] = this.take(id);
      if (told?.step !== 'envelope') throw new Error(`transfer ${id} told ${JSON.stringify(told)}`);
      lines.push(...linesOf(zone, told.envelope));
      if (told.last) return lines;
      between();
      this.desk.ask(id, { step: 'next' });
    }
  }

  /** A whole transfer at once. */
  zone(zone: string): string[] {
    this.open(-1, zone);
    return this.drain(-1, zone);
  }
}

/** A slice may be one of an import as well. */
function seen(plain: Plain): ClusterObject[] {
  const object = decoded(plain);
  const imported = object.kind === 'EndpointSlice' ? importSliceOf(object) : undefined;
  return imported === undefined ? [object] : [object, imported];
}
