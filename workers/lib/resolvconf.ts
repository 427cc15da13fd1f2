// Name servers and search list of a file in the form of /etc/resolv.conf (resolv.conf(5)). Called by set-ups in the primary. Cold.

/**
 * Addresses of the `nameserver` lines, in order and as written, without an interface (`fe80::1%eth0` → `fe80::1`); one a line, what stands
 * behind it is ignored, and so is every other keyword. Lines that begin with `#` or `;` are comments. Whether they are addresses is not asked.
 */
export function parseNameservers(text: string): string[] {
  const servers: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, server] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && server !== undefined) servers.push(stripZone(server));
  }
  return servers;
}

/** Names of the last `search` or `domain` line, as written and in order; `domain` has one. */
export function parseSearch(text: string): string[] {
  let search: string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...names] = line.trim().split(/\s+/);
    if (keyword === 'search') search = names;
    else if (keyword === 'domain' && names.length > 0) search = names.slice(0, 1);
  }
  return search;
}

/** The address without the interface that a link-local one may name. */
export function stripZone(address: string): string {
  const percent = address.indexOf('%');
  return percent < 0 ? address : address.slice(0, percent);
}
