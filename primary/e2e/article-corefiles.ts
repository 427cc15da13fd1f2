// Corefiles of three articles about cluster DNS, word for word. Used by the test that asks what they promise. Cold.

/** What Kubernetes installs. */
export const DEFAULT = `.:53 {
    errors
    health {
        lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
`;

/** The same plugins in another order: it decides nothing. */
export const SHUFFLED = `.:53 {
    loadbalance
    cache 30
    forward . /etc/resolv.conf
    reload
    prometheus :9153
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        ttl 30
        fallthrough in-addr.arpa ip6.arpa
        pods insecure
    }
    loop
    ready
    health {
        lameduck 5s
    }
    errors
}
`;

/** A service mesh's, with an option of kubernetes that has no effect any more. */
export const MESH = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       upstream
       fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30
    loop
    reload
    loadbalance
}
`;

export const MESH_WITH_COMMENTS = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    # This is where you'd add custom forwarding or host entries if needed
    # For Istio, the kubernetes plugin might be sufficient, or you might
    # forward to istio-ingressgateway:port
    forward . /etc/resolv.conf
    cache 30
    loop
    reload
    loadbalance
}
`;

/** A service mesh's own name server, behind the cluster's names. */
export const LINKERD = `.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
    }
    prometheus :9153
    # Forward requests for services in the mesh to Linkerd's DNS
    # Assuming linkerd-dns runs on port 8600 in the linkerd namespace
    forward cluster.local {
        to linkerd-dns.linkerd.svc.cluster.local:8600
    }
    cache 30
    loop
    reload
    loadbalance
}
`;

/** Zones of the company beside the cluster, a block on one line. */
export const STUB_DOMAINS = `.:53 {
    errors
    health { lameduck 5s }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf { max_concurrent 1000 }
    cache 30
    loop
    reload
    loadbalance
}
consul.local:53 {
    errors
    cache 30
    forward . 10.150.0.1
}
internal.corp:53 {
    errors
    cache 30
    forward . 192.168.1.53
}
`;

/** Alone, as the following ones: directives for a block. */
export const CUSTOM_UPSTREAMS = `forward . 8.8.8.8 8.8.4.4 {
    max_fails 3
    health_check 5s
    policy random
}
`;

export const OVER_TLS = `forward . tls://9.9.9.9 tls://149.112.112.112 {
    tls_servername dns.quad9.net
    health_check 5s
    force_tcp
}
`;

export const HOSTS = `hosts {
    10.0.1.100 mydb.internal.example.com
    192.168.5.5 legacy-api.corp.local
    fallthrough
}
`;

export const CACHE = `cache {
    success 9984 3600 5     # capacity, max TTL, min TTL
    denial  9984 30   5     # NXDOMAIN responses: shorter TTL
    prefetch 10 1m 10%      # refresh popular entries before expiry
    serve_stale 1h immediate  # serve expired entries if upstream is down
}
`;
