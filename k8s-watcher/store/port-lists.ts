// Lists of ports as texts that objects share: a cluster has a few dozen of them. Used by the codec. Cold, but twice for every object of a start.

import type { Port } from '../objects/object.ts';

/** Lists that are kept; more are made anew each time. A cluster where every service has ports of its own keeps 100 kB. */
const MOST = 1024;

/**
 * `http/tcp/80,dns/udp/53`; names are labels, protocols words. Equal texts are read as the same list, so that what is made of a list can be made
 * once (see compile/ports.ts).
 */
export class PortLists {
  readonly #lists = new Map<string, readonly Port[]>();

  text(ports: readonly Port[]): string {
    let text = '';
    for (const { name, protocol, port } of ports) text += `${text === '' ? '' : ','}${name}/${protocol}/${port}`;
    return text;
  }

  read(text: string): readonly Port[] {
    const known = this.#lists.get(text);
    if (known !== undefined) return known;
    const list = text === '' ? [] : text.split(',').map(readPort);
    if (this.#lists.size >= MOST) this.#lists.clear();
    this.#lists.set(text, list);
    return list;
  }
}

function readPort(text: string): Port {
  const [name, protocol, port] = text.split('/');
  return { name, protocol, port: Number(port) };
}
