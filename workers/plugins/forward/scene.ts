// Upstreams and forward rigs of one test, opened as it goes and closed at its end. Tests only.

import { test } from 'node:test';
import { type Script, ScriptedUpstream } from '../../testing/upstream.ts';
import { ForwardRig, type RigOptions } from './rig.ts';

/** Label of everything that forward counts per upstream, as the rig writes series. */
export const PROXY = 'proxy_name="forward"';
export const A = { name: 'www.example.test', type: 'A' };

/** Upstreams and a rig for one test; closed when it is over. */
export class Scene {
  readonly upstreams: ScriptedUpstream[] = [];
  readonly #rigs: ForwardRig[] = [];

  async upstream(script: Script): Promise<ScriptedUpstream> {
    const upstream = await ScriptedUpstream.open(script);
    this.upstreams.push(upstream);
    return upstream;
  }

  /** `to` in the text stands for the addresses of all upstreams. */
  rig(text: string, options: RigOptions = {}): ForwardRig {
    const to = this.upstreams.map((upstream) => upstream.text).join(' ');
    const rig = new ForwardRig(text.replace('to', to), options);
    this.#rigs.push(rig);
    return rig;
  }

  async close(): Promise<void> {
    try {
      for (const rig of this.#rigs.splice(0)) rig.close();
    } finally {
      await Promise.all(this.upstreams.splice(0).map((upstream) => upstream.close()));
    }
  }
}

/** A test with a scene. */
export function play(name: string, body: (scene: Scene) => Promise<void>): void {
  test(name, async () => {
    const scene = new Scene();
    try {
      await body(scene);
    } finally {
      await scene.close();
    }
  });
}
