// What the server says of itself: the lines of -version, which are printed at start-up too. Cold.

import { endianness } from 'node:os';
import manifest from '../../package.json' with { type: 'json' };

/** The release whose behaviour we offer; tools read it from the first version line. */
export const COMPATIBLE_VERSION = '1.14.7';
export const COMPATIBLE_WITH = `CoreDNS-${COMPATIBLE_VERSION}`;

/** Our own. */
export const VERSION: string = manifest.version;

/** Node's names of architectures where they differ from the ones that version lines and image indexes use. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: endianness() === 'LE' ? 'ppc64le' : 'ppc64',
};

/**
 * The two lines without line ends: `CoreDNS-1.14.7` and `<os>/<arch>, <runtime>, <commit>`. The commit is empty, as in
 * a build outside of version control, which leaves the blank at the end.
 */
export function versionLines(): readonly [string, string] {
  const arch = ARCHITECTURES[process.arch] ?? process.arch;
  return [COMPATIBLE_WITH, `${process.platform}/${arch}, shoal-${VERSION}, `];
}
