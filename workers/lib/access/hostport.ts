// `HOST:PORT` as the directives of HTTP servers take it. Called by set-ups. Cold.

/** A text that is not HOST:PORT; `message` is the reference's. */
export class HostPortError extends Error {
  readonly code = 'ERR_HOST_PORT';
  override readonly name = 'HostPortError';
}

export interface HostPort {
  /** '' for all addresses; IPv6 without brackets. */
  readonly host: string;
  /** As written: a number, a name, or ''. */
  readonly port: string;
}

/** Splits `host:port`, `:port` and `[v6]:port`; the port's value is not looked at. Throws HostPortError. */
export function splitHostPort(text: string): HostPort {
  const colon = text.lastIndexOf(':');
  if (colon < 0) throw fault(text, 'missing port in address');
  const port = text.slice(colon + 1);
  if (!text.startsWith('[')) {
    const host = text.slice(0, colon);
    if (host.includes(':')) throw fault(text, 'too many colons in address');
    return checked(text, host, port, text);
  }
  const close = text.indexOf(']');
  if (close < 0) throw fault(text, "missing ']' in address");
  if (close + 1 === text.length) throw fault(text, 'missing port in address');
  if (close + 1 !== colon)
    throw fault(text, text[close + 1] === ':' ? 'too many colons in address' : 'missing port in address');
  return checked(text, text.slice(1, close), port, text.slice(1, close) + port);
}

function checked(text: string, host: string, port: string, outside: string): HostPort {
  if (outside.includes('[')) throw fault(text, "unexpected '[' in address");
  if (outside.includes(']')) throw fault(text, "unexpected ']' in address");
  return { host, port };
}

function fault(text: string, what: string): HostPortError {
  return new HostPortError(`address ${text}: ${what}`);
}
