// What objects/json.ts and objects/protobuf read of an object: values of the right type, nothing checked yet. '' stands for what is absent.
// The checks (service.ts, slice.ts, pod.ts, namespace.ts) make objects of them, so that both formats have the same rules. Cold.

export interface PortDraft {
  readonly name: string;
  /** As written: `TCP`. */
  readonly protocol: string;
  /** 0 when absent. */
  readonly port: number;
}

/** One entry of `status.loadBalancer.ingress`. */
export interface IngressDraft {
  readonly ip: string;
  readonly hostname: string;
}

export interface ServiceDraft {
  readonly type: string;
  readonly clusterIP: string;
  readonly clusterIPs: readonly string[];
  readonly ports: readonly PortDraft[];
  readonly externalName: string;
  readonly externalIPs: readonly string[];
  readonly ingress: readonly IngressDraft[];
}

export interface EndpointDraft {
  /** Texts; an IPv4 address in its usual text may come as its number. */
  readonly addresses: readonly (string | number)[];
  /** True when nothing is said. */
  readonly ready: boolean;
  readonly hostname: string;
  readonly podName: string;
  readonly zone: string;
}

export interface SliceDraft {
  readonly endpoints: readonly EndpointDraft[];
  readonly ports: readonly PortDraft[];
}

export interface PodDraft {
  readonly phase: string;
  readonly podIP: string;
  /** It has a `metadata.deletionTimestamp`. */
  readonly terminating: boolean;
}
