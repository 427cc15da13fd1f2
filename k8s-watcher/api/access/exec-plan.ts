// Which program gives credentials, and what it is told: the `exec` part of a kubeconfig's user. Cold.

import { resolve } from 'node:path';
import type { Fields } from './fields.ts';

/** A credential program (the client.authentication.k8s.io API of Kubernetes). */
export interface ExecPlan {
  /** Begins errors: `kubeconfig FILE: user "x": exec`. */
  readonly where: string;
  /** Of the search path, or a file. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  readonly installHint: string;
  /** What KUBERNETES_EXEC_INFO tells about the cluster; null when it is not to be told. */
  readonly cluster: Readonly<Record<string, unknown>> | null;
}

const GROUP = 'client.authentication.k8s.io';
const VERSIONS: readonly string[] = [`${GROUP}/v1`, `${GROUP}/v1beta1`];

/** Throws ApiConfigError. */
export function execPlanOf(user: Fields, cluster: Fields, folder: string): ExecPlan {
  const exec = user.child('exec') ?? user.fail('exec is missing');
  const command = exec.text('command');
  if (command === '') exec.fail('command is missing');
  const apiVersion = exec.text('apiVersion');
  if (!VERSIONS.includes(apiVersion)) exec.fail(`apiVersion should be one of ${VERSIONS.join(', ')}`);
  if (exec.text('interactiveMode') === 'Always') exec.fail('interactiveMode Always: there is no terminal to ask at');
  return {
    where: exec.where,
    command: command.includes('/') ? resolve(folder, command) : command,
    args: exec.texts('args'),
    env: Object.fromEntries(exec.children('env').map((each) => [each.text('name'), each.text('value')])),
    apiVersion,
    installHint: exec.text('installHint').trim().split('\n', 1)[0],
    cluster: exec.flag('provideClusterInfo') ? clusterInfo(cluster) : null,
  };
}

/** Fields of ExecCredential's `spec.cluster`: those of the kubeconfig that are set, and the extension meant for programs. */
function clusterInfo(cluster: Fields): Record<string, unknown> {
  const names = ['server', 'tls-server-name', 'insecure-skip-tls-verify', 'certificate-authority-data'];
  const info = Object.fromEntries(
    names.map((name) => [name, cluster.value(name)]).filter(([, value]) => value !== null),
  );
  const config = cluster.children('extensions').find((each) => each.text('name') === `${GROUP}/exec`);
  return config === undefined ? info : { ...info, config: config.value('extension') };
}
