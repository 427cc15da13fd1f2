// Reads a hosts file and publishes it as an image, now and whenever the file changes. Runs in the primary. Cold.

import { readFileSync, statSync } from 'node:fs';
import type { Address } from '#wire/address.ts';
import { TYPE } from '#wire/constants.ts';
import { addresses, type EntryData, plain, type RrsetData } from '#zone/entry.ts';
import { Fill } from '#zone/fill.ts';
import type { ImageWriter } from '#zone/writer.ts';
import { emptyTable, type HostTable, parseHosts } from './parse.ts';
import type { HostsOptions } from './setup.ts';

/** Who is told what happens to a hosts file. */
export interface HostsObserver {
  /** A warning, without level and plugin. */
  warn(text: string): void;
  /** Value of `coredns_hosts_entries`. */
  entries(count: number): void;
  /** Value of `coredns_hosts_reload_timestamp_seconds`: time of the file's last change, seconds since 1970. */
  reloaded(seconds: number): void;
}

/** What a Corefile's options and the text of the hosts file say together: file first, then inline lines. */
export function compileHosts(options: HostsOptions, text: string): HostTable {
  const table = emptyTable();
  parseHosts(text, options.zones, options.reverse, table);
  parseHosts(options.inline.join('\n'), options.zones, options.reverse, table);
  return table;
}

/** Makes the image hold exactly the table. */
export function publishHosts(image: ImageWriter, table: HostTable, ttl: number): void {
  const fill = new Fill(image);
  for (const [key, { a, aaaa }] of table.byName)
    fill.set(key, entryOf([...rrsetOf(TYPE.A, ttl, a), ...rrsetOf(TYPE.AAAA, ttl, aaaa)]));
  for (const [address, names] of table.byAddress) fill.setAddress(address, entryOf([plain(TYPE.PTR, ttl, names)]));
  fill.finish();
  image.setSynced(true);
}

function rrsetOf(type: number, ttl: number, list: readonly Address[]): RrsetData[] {
  return list.length === 0 ? [] : [addresses(type, ttl, list)];
}

function entryOf(rrsets: readonly RrsetData[]): EntryData {
  return { flags: 0, rrsets };
}

/** One hosts file of one plan, from `open` to `close`. */
export class HostsSource {
  readonly #options: HostsOptions;
  readonly #image: ImageWriter;
  readonly #observer: HostsObserver;
  #timer: NodeJS.Timeout | undefined;
  #seen = '';

  /** `image`: that of `options.image` in the segment of files. */
  constructor(options: HostsOptions, image: ImageWriter, observer: HostsObserver) {
    this.#options = options;
    this.#image = image;
    this.#observer = observer;
  }

  /** Publishes what there is, then looks at the file every `reload` interval. Throws ZoneFullError when it does not fit. */
  open(): void {
    this.#warnOfFile();
    if (!this.look()) this.#publish('');
    if (this.#options.reload > 0) this.#timer = setInterval(() => this.#poll(), this.#options.reload).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Publishes the file if its time or size has changed since the last look; a file that cannot be read leaves everything as it is. */
  look(): boolean {
    const { file } = this.#options;
    let text: string;
    let seconds: number;
    try {
      const { mtimeMs, size } = statSync(file);
      const seen = `${mtimeMs} ${size}`;
      if (seen === this.#seen) return false;
      text = readFileSync(file, 'utf8');
      this.#seen = seen;
      seconds = mtimeMs / 1000;
    } catch {
      return false;
    }
    this.#publish(text);
    this.#observer.reloaded(seconds);
    return true;
  }

  #poll(): void {
    try {
      this.look();
    } catch (error) {
      this.#observer.warn(error instanceof Error ? error.message : String(error));
    }
  }

  #publish(text: string): void {
    const table = compileHosts(this.#options, text);
    publishHosts(this.#image, table, this.#options.ttl);
    this.#observer.entries(table.entries);
  }

  #warnOfFile(): void {
    const { file, named } = this.#options;
    if (!named) return;
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) this.#observer.warn(`File does not exist: ${file}`);
    else if (stat.isDirectory()) this.#observer.warn(`Hosts file ${JSON.stringify(file)} is a directory`);
  }
}
