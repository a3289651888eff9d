/** A competitor in a process of its own: questions go out as messages, one at a time, answers come back. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Peer {
  /** Sends a question and waits for its answer. Rejects with the peer's own words when it fails or dies. */
  ask<Answer>(question: object): Promise<Answer>;
  /** Whether questions may carry plain numbers only, no typed arrays. */
  readonly plain: boolean;
  stop(): void;
}

export interface PeerOptions {
  /** Another Node to run it with. */
  readonly execPath?: string;
  /** Environment variables on top of ours. */
  readonly env?: Readonly<Record<string, string>>;
}

export function startPeer(script: URL, { execPath, env }: PeerOptions = {}): Peer {
  const path = fileURLToPath(script);
  const child = fork(path, [], {
    // Structured messages carry typed arrays, but two versions of an engine may write them differently.
    serialization: execPath === undefined ? 'advanced' : 'json',
    ...(execPath !== undefined && { execPath }),
    ...(env && { env: { ...process.env, ...env } }),
  });
  let waiting: { resolve: (answer: never) => void; reject: (reason: Error) => void } | undefined;
  child.on('message', (message: { answer?: unknown; error?: string }) => {
    const { resolve, reject } = waiting ?? {};
    waiting = undefined;
    if (message.error === undefined) resolve?.(message.answer as never);
    else reject?.(new Error(`${path}: ${message.error}`));
  });
  const gone = (why: string) => {
    waiting?.reject(new Error(`${path}: ${why}`));
    waiting = undefined;
  };
  child.on('error', (error) => gone(error.message));
  child.on('exit', (code, signal) => gone(`ended with ${signal ?? `exit code ${code}`}`));
  return {
    plain: execPath !== undefined,
    ask: (question) =>
      new Promise((resolve, reject) => {
        if (waiting) throw new Error('one question at a time');
        if (!child.connected) throw new Error(`${path}: is not running`);
        waiting = { resolve, reject };
        child.send(question);
      }),
    stop: () => child.kill(),
  };
}

/** The peer's side: answers every question with what `answer` makes of it. */
export function answerQuestions(answer: (question: never) => Promise<unknown>): void {
  process.on('message', (question) => {
    answer(question as never).then(
      (result) => process.send?.({ answer: result }),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
