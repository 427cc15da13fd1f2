// Pieces of an arena that sockets take and leave: an arena takes nothing back, so they are handed on by shape. Cold.

/** All pieces of one shape. */
export class BlockPool<Block> {
  readonly #make: () => Block;
  readonly #left: Block[] = [];
  #discard: Block | undefined;

  constructor(make: () => Block) {
    this.#make = make;
  }

  /** @throws RangeError when the arena is full */
  take(): Block {
    return this.#left.pop() ?? this.#make();
  }

  /** The owner must not use it any more. */
  leave(block: Block): void {
    this.#left.push(block);
  }

  /** What closed sockets offer to those who write to them all the same; it is never read. */
  get discard(): Block {
    this.#discard ??= this.#make();
    return this.#discard;
  }
}

/** Pools by shape. A thread knows a handful of shapes: one for listeners and one for each kind of upstream. */
export class BlockPools<Block> {
  readonly #pools = new Map<string, BlockPool<Block>>();

  of(shape: string, make: () => Block): BlockPool<Block> {
    let pool = this.#pools.get(shape);
    if (pool === undefined) {
      pool = new BlockPool(make);
      this.#pools.set(shape, pool);
    }
    return pool;
  }
}
