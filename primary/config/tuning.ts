// The shape of the operator's tuning: plain, frozen data that every process and thread may be handed. Cold.

/** How datagrams are received and sent: `batched` by recvmmsg/sendmmsg, `dgram` by Node's own sockets. */
export type UdpIo = 'auto' | 'batched' | 'dgram';

/** Sizes in bytes, times in milliseconds, unless a key says otherwise. Meanings, defaults and ranges: schema.ts. */
export interface Tuning {
  readonly resolver: {
    readonly processes: number;
    readonly threads: number;
  };
  readonly udp: {
    readonly io: UdpIo;
    readonly receiveBuffer: number;
    readonly batch: number;
  };
  readonly tcp: {
    readonly maxConnections: number;
    readonly maxPipelined: number;
    readonly firstTimeout: number;
    readonly idleTimeout: number;
  };
  readonly query: {
    readonly maxInFlight: number;
  };
  readonly forward: {
    readonly sockets: number;
    readonly queriesPerSocket: number;
  };
  readonly memory: {
    readonly zones: number;
    readonly answers: number;
    readonly answerBytes: number;
  };
  readonly redis: {
    /** '' for none; so are the texts below. */
    readonly endpoint: string;
    readonly username: string;
    readonly passwordFile: string;
    readonly fleetKeyFile: string;
    readonly budget: number;
  };
  readonly kubernetes: {
    /** MiB. */
    readonly maxHeap: number;
    /** '' for none. */
    readonly stateFolder: string;
    readonly stateInterval: number;
    readonly stateMaxAge: number;
    readonly auditInterval: number;
    readonly watchSilence: number;
  };
  readonly supervisor: {
    readonly backoffMin: number;
    readonly backoffMax: number;
  };
  readonly shutdown: {
    readonly drain: number;
  };
  readonly log: {
    readonly bufferBytes: number;
  };
}
