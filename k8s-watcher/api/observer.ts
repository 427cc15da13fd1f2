// What the client tells about its requests, for coredns_kubernetes_rest_client_*. Implemented by whoever keeps the counters. Cold.

/** Series of one client. `host` is the server's `host:port` as it stands in the URL. */
export interface RequestObserver {
  /**
   * One try is over: a watch when its headers are there, anything else when its body is (request_duration_seconds by verb and host,
   * requests_total by code, method and host). `code` is the status, or `<error>` when no answer came.
   */
  finished(verb: string, host: string, seconds: number, code: string, method: string): void;
  /** How long a request waited for its turn (rate_limiter_duration_seconds by verb and host). Every request, most of them with 0. */
  limited(verb: string, host: string, seconds: number): void;
}

/** For whoever does not count. */
export const NO_OBSERVER: RequestObserver = {
  finished: () => {},
  limited: () => {},
};
