/** The competitors of bench/peers: installed when first asked for, each in a process of its own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UsageError } from 'lacewing';
import { type Peer, startPeer } from '../examples/demo/peer.ts';

const folder = new URL('./peers/', import.meta.url);
const node24 = new URL('./node_modules/node/bin/node', folder);

interface Dependencies {
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Installs what package-lock.json in bench/peers names, models and fonts among them, unless it is there. */
export async function installPeers(): Promise<void> {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as Dependencies;
  if (Object.keys(dependencies).every((name) => existsSync(new URL(`node_modules/${name}/`, folder)))) return;
  console.log('installing bench/peers (half a gigabyte) ...');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: fileURLToPath(folder),
    stdio: 'inherit',
    // The native runtime comes with its package; what its installer would fetch on top is for other hardware.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', ONNXRUNTIME_NODE_INSTALL_CUDA: 'skip' },
  });
}

/** Lacewing itself on Node 24, whose engine takes the relaxed-SIMD build. */
export function startNode24(script: URL = new URL('./node24.ts', import.meta.url)): Peer {
  return startPeer(script, { execPath: fileURLToPath(node24) });
}

/**
 * Runs this very program on Node 24 with the same arguments, and its competitors with it; returns its exit code.
 * @param args the script and what follows it
 * @throws UsageError when bench/peers is not installed
 */
export function onNode24(args: readonly string[]): number {
  if (!existsSync(node24))
    throw new UsageError('--build relaxed: this engine has no relaxed SIMD; --peers installs Node 24, which has');
  const { status, error } = spawnSync(fileURLToPath(node24), [...process.execArgv, ...args], { stdio: 'inherit' });
  if (error) throw error;
  return status ?? 1;
}

/** TensorFlow.js on its WebAssembly backend. */
export function startTfjs(): Peer {
  return startPeer(new URL('./tfjs.ts', folder));
}

/** onnxruntime as a native library, one thread. */
export function startOnnxruntimeNode(): Peer {
  return startPeer(new URL('./onnxruntime-node.ts', folder));
}
