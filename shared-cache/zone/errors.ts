// What can go wrong when images are written. Cold.

/** The segment has no room for a name or a table. What was published before stays as it is. */
export class ZoneFullError extends Error {
  readonly code = 'ERR_ZONE_FULL';
  override readonly name = 'ZoneFullError';
  /** Bytes in use, blocks that readers may still see included. */
  readonly bytesUsed: number;
  /** Bytes that the segment has for images. */
  readonly limit: number;

  constructor(bytesUsed: number, limit: number, wanted: number) {
    super(
      `zone memory is full: ${bytesUsed} of ${limit} bytes are in use and ${wanted} more are needed; raise memory.zones`,
    );
    this.bytesUsed = bytesUsed;
    this.limit = limit;
  }
}

/** The segment holds something that no writer of this version has written. */
export class ZoneDamagedError extends Error {
  readonly code = 'ERR_ZONE_DAMAGED';
  override readonly name = 'ZoneDamagedError';
}
