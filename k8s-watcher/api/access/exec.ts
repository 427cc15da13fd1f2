// Credentials that a program gives: run when they are first needed, when they run out, and when the server refuses them. Cold.

import { execFile } from 'node:child_process';
import { ApiConfigError } from '../errors.ts';
import type { Credential, Credentials } from './credentials.ts';
import type { ExecPlan } from './exec-plan.ts';
import { Fields } from './fields.ts';

/** Milliseconds that a program has: those in use ask an identity service over the network, within a few seconds. */
const TIMEOUT = 30_000;
/** Octets that it may print; a token has a few thousand. */
const MAX_OUTPUT = 1024 * 1024;
/** Characters of what it complains about that are repeated. */
const MAX_COMPLAINT = 200;

export interface ExecOptions {
  readonly timeout?: number;
}

export class ExecCredentials implements Credentials {
  readonly owner: string;
  readonly #plan: ExecPlan;
  readonly #timeout: number;
  #known: Credential | null = null;
  /** Milliseconds since 1970. */
  #expires = Number.POSITIVE_INFINITY;
  /** All who wait, wait for the same run. */
  #running: Promise<Credential> | null = null;

  constructor(plan: ExecPlan, options: ExecOptions = {}) {
    this.owner = `what ${plan.where} gives`;
    this.#plan = plan;
    this.#timeout = options.timeout ?? TIMEOUT;
  }

  current(): Promise<Credential> {
    if (this.#known !== null && Date.now() < this.#expires) return Promise.resolve(this.#known);
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Runs the program once for all requests that the same credential was refused to. */
  async renew(refused: Credential): Promise<boolean> {
    if (this.#known === refused) this.#known = null;
    const fresh = await this.current();
    return fresh.authorization !== refused.authorization || fresh.certificate?.cert !== refused.certificate?.cert;
  }

  async #run(): Promise<Credential> {
    const output = await runProgram(this.#plan, this.#timeout);
    const { credential, expires } = readOutput(this.#plan, output);
    this.#known = credential;
    this.#expires = expires;
    return credential;
  }
}

/** What the program prints. Nothing it prints there is ever repeated: it is secret. */
function runProgram(plan: ExecPlan, timeout: number): Promise<string> {
  const { command, args, env, apiVersion, cluster } = plan;
  const info = {
    kind: 'ExecCredential',
    apiVersion,
    spec: { interactive: false, ...(cluster === null ? {} : { cluster }) },
  };
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = execFile(
    command,
    args,
    {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      timeout,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT,
    },
    (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new ApiConfigError(`${plan.where}: ${complaint(plan, error, stderr, timeout)}`));
    },
  );
  child.stdin?.end();
  return promise;
}

function complaint(plan: ExecPlan, error: Error, stderr: string, timeout: number): string {
  const { code, killed } = error as { code?: unknown; killed?: boolean };
  if (code === 'ENOENT' || code === 'EACCES') {
    const what = code === 'ENOENT' ? 'is not there' : 'may not be run';
    return `${plan.command} ${what}${plan.installHint === '' ? '' : ` (${plan.installHint})`}`;
  }
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `${plan.command} prints more than ${MAX_OUTPUT} octets`;
  if (killed === true) return `${plan.command} has not ended within ${timeout / 1000} s`;
  const said = stderr.trim().split('\n').at(-1)?.trim().slice(0, MAX_COMPLAINT) ?? '';
  return `${plan.command} failed (${code === undefined || code === null ? 'killed' : `status ${code}`})${said === '' ? '' : `: ${said}`}`;
}

function readOutput(plan: ExecPlan, output: string): { credential: Credential; expires: number } {
  const object = new Fields(`${plan.where}: output of ${plan.command}`, parse(plan, output));
  if (object.text('kind') !== 'ExecCredential') object.fail('kind should be ExecCredential');
  if (object.text('apiVersion') !== plan.apiVersion) object.fail(`apiVersion should be ${plan.apiVersion}`);
  const status = object.child('status') ?? object.fail('status is missing');
  const token = status.text('token');
  const cert = status.text('clientCertificateData');
  const key = status.text('clientKeyData');
  if ((cert === '') !== (key === '')) status.fail('clientCertificateData and clientKeyData go together');
  if (token === '' && cert === '') status.fail('neither token nor clientCertificateData');
  return {
    credential: {
      authorization: token === '' ? '' : `Bearer ${token}`,
      certificate: cert === '' ? null : { cert, key },
    },
    expires: expiryOf(status),
  };
}

function parse(plan: ExecPlan, output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    throw new ApiConfigError(`${plan.where}: ${plan.command} did not print JSON`);
  }
}

function expiryOf(status: Fields): number {
  const text = status.text('expirationTimestamp');
  if (text === '') return Number.POSITIVE_INFINITY;
  const time = Date.parse(text);
  if (Number.isNaN(time)) status.fail('expirationTimestamp should be a time such as 2030-01-01T00:00:00Z');
  return time;
}
