// What one zone image is compiled for: the part of a kubernetes directive that decides its names. Written by the plugin's set-up, read here. Cold.

/** Names of pods (spec C5): none, any address (computed by the handler), or those of pods that exist. */
export type PodsMode = 'disabled' | 'insecure' | 'verified';

/**
 * What has names: `cluster` services and pods (spec C5), `imports` of other clusters (spec C9), `external` services as they are seen from outside
 * (spec D k8s_external). Every kind has a `Naming`, see image.ts.
 */
export type NamingKind = 'cluster' | 'imports' | 'external';

/** What names of the kind `external` are made of beside the options of the cluster zones. */
export interface ExternalOptions {
  /** Seconds, of addresses and PTR; `ImageOptions.ttl` is that of SRV and CNAME. */
  readonly ttl: number;
  /** Headless services without external addresses, and endpoints of others, have names too. */
  readonly headless: boolean;
  /** Where the zone's own names are (`ns1.APEX`): labels with dots between them, lower case. Only transfers ask for it. */
  readonly apex: string;
}

/** What is known of the pods that may ask: nothing, their namespaces, or their names and labels as well. */
export type ClientsMode = 'none' | 'namespaces' | 'labels';

/** One condition of a label selector; all of a selector must hold. */
export interface Requirement {
  readonly key: string;
  /** `exists` and `missing` have no values. */
  readonly operator: 'in' | 'notin' | 'exists' | 'missing';
  readonly values: readonly string[];
}

/** Plain data; two directives whose options have the same key share an image. */
export interface ImageOptions {
  /** Name of the image in the segment: a hash of everything below, so that an image never changes its meaning. */
  readonly key: string;
  readonly naming: NamingKind;
  /** Seconds, of every record but the version's. */
  readonly ttl: number;
  readonly pods: PodsMode;
  /** Needs pods `verified`. */
  readonly clients: ClientsMode;
  /** Namespaces that are served; empty: all that exist. */
  readonly namespaces: readonly string[];
  /** Selects namespaces by their labels. */
  readonly namespaceLabels: readonly Requirement[];
  /** Selects services, pods and endpoint slices, each by its own labels. */
  readonly labels: readonly Requirement[];
  /** False for `noendpoints`: no headless services, no endpoint names. */
  readonly endpoints: boolean;
  /** Endpoints without a hostname are called like their pod instead of their address. */
  readonly endpointPodNames: boolean;
  /** Services with cluster addresses and no ready endpoint do not exist. */
  readonly ignoreEmptyService: boolean;
  /** `ZONE.pin._zone.SVC…` and `ZONE.prefer._zone.SVC…` exist (spec C8). */
  readonly zonal: boolean;
  /** The server's own addresses: services with one of them among their endpoints are name servers of the zone (spec C6). */
  readonly localAddresses: readonly string[];
  /** With the kind `external` only. */
  readonly external?: ExternalOptions;
}

/**
 * Flag of an entry beside those of #zone/layout.ts: the name is that of a headless service with endpoints, so that zonal names
 * exist below it. The handler has the same number.
 */
export const HEADLESS_FLAG = 4;

/**
 * Flag of an entry in images of the kind `external`: the service has addresses or host names outside of the cluster, so that any label may stand
 * in front of its name, and its CNAME data are SRV targets as well. The handler of k8s_external has the same number.
 */
export const EXTERNAL_FLAG = 8;
