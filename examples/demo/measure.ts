/** The rows of the final table: who takes part, and how long each takes. */
import { type FormatChoice, InferenceSession } from 'lacewing';
import type { Copy } from './checks.ts';
import type { SavedFile } from './files.ts';
import { type Entrant, latencies } from './latency.ts';
import type { Images } from './mnist.ts';
import type { Peer } from './peer.ts';
import { progress } from './progress.ts';
import type { Row } from './report.ts';
import type { Timing } from './rounds.ts';

export interface Subject {
  /** The model before pruning. */
  readonly dense: { readonly error: number; readonly file: SavedFile };
  /** The first one is also what the peer runs. */
  readonly copies: readonly Copy[];
  readonly item: readonly number[];
  readonly test: Images;
  /** onnxruntime-web. */
  readonly peer: Peer;
}

type Subjects = Omit<Row, 'timings'> & { readonly runner: Entrant['runner'] };

/** Loads every model from its file and times them all in turns, batch size by batch size. The peer is the last row. */
export async function measure(
  { dense, copies, item, test, peer }: Subject,
  batches: readonly number[],
  { rounds, warmUpMicroseconds }: { readonly rounds: number; readonly warmUpMicroseconds: number },
): Promise<Row[]> {
  const sessions: InferenceSession[] = [];
  const row = async (weights: string, file: SavedFile, error: number, format: FormatChoice): Promise<Subjects> => {
    const runner = await InferenceSession.create(file.path, { format });
    sessions.push(runner);
    return { weights, runs: format, unretrained: undefined, error, file, runner };
  };

  const rows = [await row('dense', dense.file, dense.error, 'dense')];
  for (const { pattern, zeros, lace, error, unretrained } of copies) {
    const weights = `${(100 * zeros).toFixed(1)} % zeros, ${pattern.name}`;
    for (const format of ['dense', pattern.format, 'auto'] as const)
      rows.push({ ...(await row(weights, lace, error, format)), unretrained });
  }
  const [first] = copies;
  await peer.ask({ load: first.onnx.path });
  rows.push({ ...rows[1], runs: 'onnxruntime-web', file: first.onnx, runner: peer });

  const entrants = rows.map(({ weights, runs, runner }): Entrant => ({ name: `${weights}, ${runs}`, runner }));
  const bar = progress('measure', rounds * batches.length);
  const timings: Timing[][] = [];
  for (const [i, batch] of batches.entries()) {
    const onRound = (round: number) => bar.update(i * rounds + round, `batch ${batch}`);
    timings.push(await latencies(entrants, batch, { pixels: test.pixels, item, rounds, warmUpMicroseconds, onRound }));
  }
  bar.end(`batches of ${batches.join(' and ')}, ${rounds} rounds`);
  for (const session of sessions) session.dispose();
  return rows.map(({ runner, ...rest }, at) => ({ ...rest, timings: timings.map((ofBatch) => ofBatch[at]) }));
}
