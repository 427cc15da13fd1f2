// The address of an API server, as a URL. Cold.

import { ApiConfigError } from '../errors.ts';

/** `where` begins the error. Without a scheme: https where something for TLS is configured, as the reference has it. */
export function serverUrl(where: string, text: string, secure: boolean): URL {
  const full = text.includes('://') ? text : `${secure ? 'https' : 'http'}://${text}`;
  const url = URL.canParse(full) ? new URL(full) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw new ApiConfigError(`${where}: '${text}' is no address of a server: http(s)://HOST[:PORT][/PATH]`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw new ApiConfigError(`${where}: an address of a server has no user, query or fragment`);
  return url;
}
