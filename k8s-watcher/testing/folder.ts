// A folder of files that goes with the test. Tests only.

import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

export class TestFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), 'shoal-manifests-'));

  constructor(context: TestContext) {
    context.after(() => rmSync(this.path, { recursive: true, force: true }));
  }

  at(name: string): string {
    return join(this.path, name);
  }

  /** Writes the file anew under another name and moves it into place, as editors and kubelets do. */
  write(name: string, content: string | object): void {
    const file = this.at(name);
    mkdirSync(dirname(file), { recursive: true });
    const fresh = join(dirname(file), '.fresh');
    writeFileSync(fresh, typeof content === 'string' ? content : JSON.stringify(content));
    renameSync(fresh, file);
  }

  remove(name: string): void {
    rmSync(this.at(name), { recursive: true });
  }

  /** Points the link at another target in one step. */
  link(target: string, name: string): void {
    const fresh = this.at(`.link-${name}`);
    symlinkSync(target, fresh);
    renameSync(fresh, this.at(name));
  }
}

/** Waits until `look` finds something; fails after 10 s with what it waits for. */
export async function until<T>(what: string, look: () => T | undefined | false): Promise<T> {
  const end = performance.now() + 10_000;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`waited 10 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
