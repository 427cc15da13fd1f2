// A segment of zone images with its writer, for tests of what the primary publishes and handlers read. Tests only.

import { Readers, readersBytes } from '#memory/quiescence.ts';
import { Segment } from '#memory/segment.ts';
import { ZoneImages } from '#zone/reader.ts';
import { ZoneWriter } from '#zone/writer.ts';
import { TEST_SEED } from './thread.ts';

export interface TestImages {
  readonly writer: ZoneWriter;
  readonly images: ZoneImages;
}

/** Memory of `bytes` octets, written and read in this thread. */
export function openImages(bytes = 1 << 20): TestImages {
  const segment = Segment.create('files', bytes);
  const writer = ZoneWriter.open(segment, new Readers(Segment.create('readers', readersBytes(1))), TEST_SEED);
  return { writer, images: new ZoneImages(segment) };
}
