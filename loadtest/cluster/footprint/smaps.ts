// /proc/PID/smaps (proc(5)) → what of a process's memory is its own, shared with its relatives, or pages of files. Cold.

/** One process, in KiB. */
export interface ProcessMemory {
  /** Anonymous pages, as far as nobody shares them (PSS), written pages of files with them. */
  readonly own: number;
  /** This process's share (PSS) of memory that has no name in the file system. */
  readonly shared: number;
  /** Unwritten pages of files that it has in memory, by file and offset. */
  readonly files: ReadonlyMap<string, number>;
}

type Kind = 'own' | 'shared' | 'file';

/** Start of a mapping: `7f00-7f01 r-xp 00001000 fe:00 1234    /usr/lib/x`. */
const HEAD = /^[0-9a-f]+-[0-9a-f]+ \S+ (\S+) \S+ \d+ *(.*)$/;
const FIELD = /^(Rss|Pss|Anonymous): +(\d+) kB$/;

export function parseSmaps(text: string): ProcessMemory {
  const files = new Map<string, number>();
  const sums = { own: 0, shared: 0 };
  let kind: Kind = 'own';
  let key = '';
  let rss = 0;
  let pss = 0;
  for (const line of text.split('\n')) {
    const field = FIELD.exec(line);
    if (field === null) {
      const head = HEAD.exec(line);
      if (head === null) continue;
      kind = kindOf(head[2]);
      key = `${head[2]} ${head[1]}`;
    } else if (field[1] === 'Rss') rss = Number(field[2]);
    else if (field[1] === 'Pss') pss = Number(field[2]);
    else if (kind !== 'file') sums[kind] += pss;
    else {
      // Anonymous is the last of the three, and tells which of a file's pages were written.
      const written = Number(field[2]);
      sums.own += written;
      files.set(key, (files.get(key) ?? 0) + rss - written);
    }
  }
  return { ...sums, files };
}

/** Memory of memfd_create(2) and files that are deleted are shared by their users, and by nobody else. */
function kindOf(path: string): Kind {
  if (path.includes('memfd:') || path.startsWith('/dev/shm/') || path.startsWith('/dev/zero')) return 'shared';
  return path.startsWith('/') && !path.endsWith('(deleted)') ? 'file' : 'own';
}
