/** Starting a worker thread, in Node, Deno and Bun or in a browser. */
import { READY, type Start } from './control.ts';

/** The worker's program: its text, or where a browser or Node finds it. */
export type WorkerSource = { readonly text: string } | { readonly url: string | URL };

/** Ends the worker, whatever it does. */
export type Stop = () => void;

interface NodeWorker {
  postMessage(message: unknown): void;
  once(event: 'message' | 'error' | 'exit', receive: (value: unknown) => void): void;
  on(event: 'error', receive: (value: unknown) => void): void;
  terminate(): Promise<number>;
  unref(): void;
}

interface NodeThreads {
  readonly Worker: new (
    program: string | URL,
    options: { readonly eval: boolean; readonly execArgv: readonly string[] },
  ) => NodeWorker;
}

/** A worker that does not answer for so long is given up, in milliseconds. */
const ANSWER = 10_000;

/** node:worker_threads where there is such a thing, without an import that a bundler would follow. */
function nodeThreads(): NodeThreads | undefined {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  return host.process?.getBuiltinModule?.('node:worker_threads') as NodeThreads | undefined;
}

export function canSpawn(): boolean {
  return nodeThreads() !== undefined || typeof Worker === 'function';
}

/** Resolves when the worker is ready to take work; rejects with the reason when it never will be. */
export function spawn(source: WorkerSource, start: Start): Promise<Stop> {
  const node = nodeThreads();
  return node ? spawnInNode(node, source, start) : spawnInBrowser(source, start);
}

function spawnInNode({ Worker }: NodeThreads, source: WorkerSource, start: Start): Promise<Stop> {
  const inText = 'text' in source;
  // Flags of the main thread, such as loaders, mean nothing to this program and would only slow its start.
  const worker = new Worker(inText ? source.text : new URL(source.url), { eval: inText, execArgv: [] });
  const stop = () => void worker.terminate();
  return answered(stop, (ready, failed) => {
    worker.once('message', (message) => {
      // From now on the worker keeps no process alive.
      worker.unref();
      ready(message);
    });
    worker.on('error', failed);
    worker.once('exit', (code) => failed(`it ended with code ${code}`));
    worker.postMessage(start);
  });
}

function spawnInBrowser(source: WorkerSource, start: Start): Promise<Stop> {
  const inText = 'text' in source;
  const url = inText ? URL.createObjectURL(new Blob([source.text], { type: 'text/javascript' })) : source.url;
  const worker = new Worker(url, { type: inText ? 'classic' : 'module' });
  const refusal = inText
    ? 'the page lets no Blob run as one (worker-src blob: would, or workerUrl for init)'
    : `none could be loaded from ${url}`;
  const release = () => {
    if (inText) URL.revokeObjectURL(String(url));
  };
  return answered(
    () => worker.terminate(),
    (ready, failed) => {
      worker.onmessage = ({ data }) => ready(data);
      worker.onerror = (event) => failed(event.message || refusal);
      worker.onmessageerror = () => failed('the memory cannot be shared with it');
      worker.postMessage(start);
    },
  ).finally(release);
}

function answered(
  stop: Stop,
  listen: (ready: (message: unknown) => void, failed: (reason: unknown) => void) => void,
): Promise<Stop> {
  return new Promise((resolve, reject) => {
    const failed = (reason: unknown) => {
      clearTimeout(timer);
      stop();
      reject(reason instanceof Error ? reason : new Error(String(reason)));
    };
    const timer = setTimeout(() => failed(`no answer in ${ANSWER / 1000} s`), ANSWER);
    try {
      listen((message) => {
        clearTimeout(timer);
        if (message === READY) resolve(stop);
        else failed(`it answered ${String(message)}`);
      }, failed);
    } catch (error) {
      failed(error);
    }
  });
}
