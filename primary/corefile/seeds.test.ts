// Corefiles as operators and authors write them. Each row is a whole file and what is read from it.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseText, picture } from './testing.ts';

const KUBERNETES = 'kubernetes cluster.local in-addr.arpa ip6.arpa';

const cases: readonly { name: string; text: string; blocks: readonly string[] }[] = [
  {
    name: 'mesh with an old upstream option',
    text: `.:53 {
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
`,
    blocks: [
      `dns://.:53 | errors | health { lameduck 5s } | ready | ${KUBERNETES} { pods insecure; upstream; fallthrough in-addr.arpa ip6.arpa }` +
        ' | prometheus :9153 | forward . /etc/resolv.conf { max_concurrent 1000 } | cache 30 | loop | reload | loadbalance',
    ],
  },
  {
    name: 'mesh with comments between the plugins',
    text: `.:53 {
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
`,
    blocks: [
      `dns://.:53 | errors | health { lameduck 5s } | ready | ${KUBERNETES} { pods insecure; fallthrough in-addr.arpa ip6.arpa }` +
        ' | prometheus :9153 | forward . /etc/resolv.conf | cache 30 | loop | reload | loadbalance',
    ],
  },
  {
    name: 'mesh with an upstream inside the block (refused by forward, not by the language)',
    text: `.:53 {
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
`,
    blocks: [
      `dns://.:53 | errors | health { lameduck 5s } | ready | ${KUBERNETES} { pods insecure; fallthrough in-addr.arpa ip6.arpa }` +
        ' | prometheus :9153 | forward cluster.local { to linkerd-dns.linkerd.svc.cluster.local:8600 } | cache 30 | loop | reload | loadbalance',
    ],
  },
  {
    name: 'the default of a Kubernetes cluster',
    text: `.:53 {
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
`,
    blocks: [
      `dns://.:53 | errors | health { lameduck 5s } | ready | ${KUBERNETES} { pods insecure; fallthrough in-addr.arpa ip6.arpa; ttl 30 }` +
        ' | prometheus :9153 | forward . /etc/resolv.conf | cache 30 | loop | reload | loadbalance',
    ],
  },
  {
    name: 'stub domains, with property blocks on one line',
    text: `.:53 {
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
`,
    blocks: [
      `dns://.:53 | errors | health { lameduck 5s } | ready | ${KUBERNETES} { pods insecure; fallthrough in-addr.arpa ip6.arpa; ttl 30 }` +
        ' | prometheus :9153 | forward . /etc/resolv.conf { max_concurrent 1000 } | cache 30 | loop | reload | loadbalance',
      'dns://consul.local.:53 | errors | cache 30 | forward . 10.150.0.1',
      'dns://internal.corp.:53 | errors | cache 30 | forward . 192.168.1.53',
    ],
  },
  {
    name: 'upstreams by address',
    text: `. {
forward . 8.8.8.8 8.8.4.4 {
    max_fails 3
    health_check 5s
    policy random
}
}
`,
    blocks: ['dns://.:53 | forward . 8.8.8.8 8.8.4.4 { max_fails 3; health_check 5s; policy random }'],
  },
  {
    name: 'upstreams over TLS',
    text: `. {
forward . tls://9.9.9.9 tls://149.112.112.112 {
    tls_servername dns.quad9.net
    health_check 5s
    force_tcp
}
}
`,
    blocks: [
      'dns://.:53 | forward . tls://9.9.9.9 tls://149.112.112.112 { tls_servername dns.quad9.net; health_check 5s; force_tcp }',
    ],
  },
  {
    name: 'hosts written in the file',
    text: `. {
hosts {
    10.0.1.100 mydb.internal.example.com
    192.168.5.5 legacy-api.corp.local
    fallthrough
}
}
`,
    blocks: [
      'dns://.:53 | hosts { 10.0.1.100 mydb.internal.example.com; 192.168.5.5 legacy-api.corp.local; fallthrough }',
    ],
  },
  {
    name: 'cache with comments behind its properties',
    text: `. {
cache {
    success 9984 3600 5     # capacity, max TTL, min TTL
    denial  9984 30   5     # NXDOMAIN responses: shorter TTL
    prefetch 10 1m 10%      # refresh popular entries before expiry
    serve_stale 1h immediate  # serve expired entries if upstream is down
}
}
`,
    blocks: [
      'dns://.:53 | cache { success 9984 3600 5; denial 9984 30 5; prefetch 10 1m 10%; serve_stale 1h immediate }',
    ],
  },
  {
    name: 'port and upstream from the environment',
    text: `.:{$PORT} {
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 30
        fallthrough in-addr.arpa ip6.arpa
    }
    forward . 127.0.0.1:{$UPSTREAM}
    loadbalance
}
`,
    blocks: [
      `dns://.:1053 | errors | ${KUBERNETES} { pods insecure; ttl 30; fallthrough in-addr.arpa ip6.arpa }` +
        ' | forward . 127.0.0.1:2053 | loadbalance',
    ],
  },
  {
    name: 'a snippet in blocks of many plugins',
    text: `(common) {
    errors
    loadbalance
}
cluster.local:{$PORT} 10.in-addr.arpa:{$PORT} {
    import common
    hosts {
        10.9.8.7 pinned.cluster.local alias.cluster.local
        fd00::77 pinned.cluster.local
        ttl 600
        fallthrough
    }
    rewrite name exact old-api.cluster.local my-api.production.svc.cluster.local
    rewrite stop {
        name regex (.*)\\.legacy\\.cluster\\.local {1}.svc.cluster.local
        answer auto
    }
    template IN A tmpl.cluster.local {
        match "^ip-(?P<a>[0-9]*)[.]tmpl[.]cluster[.]local[.]$"
        answer "{{ .Name }} 60 IN A {{ .Group.a }}.0.0.1"
        fallthrough
    }
    forward . 127.0.0.1:{$UPSTREAM}
}
example.org:{$PORT} {
    import common
    acl {
        block type ANY
        filter net 127.0.0.30/32
        drop net 127.0.0.31/32
    }
    any
    minimal
    forward . 127.0.0.1:{$UPSTREAM}
}
.:{$PORT} {
    import common
    header {
        response set ra
    }
    nsid shoal-test
    bufsize 1232
    whoami
}
`,
    blocks: [
      'dns://cluster.local.:1053 dns://10.in-addr.arpa.:1053 | errors | loadbalance' +
        ' | hosts { 10.9.8.7 pinned.cluster.local alias.cluster.local; fd00::77 pinned.cluster.local; ttl 600; fallthrough }' +
        ' | rewrite name exact old-api.cluster.local my-api.production.svc.cluster.local' +
        ' | rewrite stop { name regex (.*)\\.legacy\\.cluster\\.local {1}.svc.cluster.local; answer auto }' +
        ' | template IN A tmpl.cluster.local { match ^ip-(?P<a>[0-9]*)[.]tmpl[.]cluster[.]local[.]$;' +
        ' answer {{ .Name }} 60 IN A {{ .Group.a }}.0.0.1; fallthrough } | forward . 127.0.0.1:2053',
      'dns://example.org.:1053 | errors | loadbalance | acl { block type ANY; filter net 127.0.0.30/32; drop net 127.0.0.31/32 }' +
        ' | any | minimal | forward . 127.0.0.1:2053',
      'dns://.:1053 | errors | loadbalance | header { response set ra } | nsid shoal-test | bufsize 1232 | whoami',
    ],
  },
];

describe('Corefiles in the wild', () => {
  for (const { name, text, blocks } of cases) {
    it(name, () => {
      assert.deepEqual(parseText(text, { env: { PORT: '1053', UPSTREAM: '2053' } }).blocks.map(picture), blocks);
    });
  }
});
