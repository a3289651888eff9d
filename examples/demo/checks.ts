/** Saved models say what they said before, in every encoding, and an independent runtime agrees. */
import { type FormatChoice, type Graph, InferenceSession, type ModelSource } from 'lacewing';
import type { SavedFile } from './files.ts';
import type { Images } from './mnist.ts';
import { distance, errorOf, identical, logitsOf, type Runner, runnerOf } from './outputs.ts';
import type { NamedPattern } from './patterns.ts';
import type { Peer } from './peer.ts';
import { percent } from './report.ts';

/** A pruned copy of the model, retrained and saved. */
export interface Copy {
  readonly pattern: NamedPattern;
  readonly graph: Graph;
  /** Fraction of zeros among the pruned weights. */
  readonly zeros: number;
  /** Test error after pruning at once, before and after retraining. */
  readonly unretrained: number;
  readonly error: number;
  readonly onnx: SavedFile;
  readonly lace: SavedFile;
}

/** Allowed difference from onnxruntime, in parts of an image's largest logit: both round, in different orders. */
const TOLERANCE = 1e-5;

/** Prints a line per check; returns whether all passed. */
export async function checkCopies(
  copies: readonly Copy[],
  test: Images,
  item: readonly number[],
  peer: Peer,
): Promise<boolean> {
  let passed = true;
  const check = (good: boolean, text: string) => {
    console.log(`${good ? 'ok    ' : 'FAILED'}  ${text}`);
    passed &&= good;
  };
  const logits = async (source: ModelSource, format: FormatChoice) => {
    using session = await InferenceSession.create(source, { format });
    return await logitsOf(runnerOf(session), test, item);
  };
  const theirs: Runner = (data, dims) => peer.ask({ run: { data, dims } });

  for (const { pattern, graph, onnx, lace } of copies) {
    // Encodings add the same products in another order: between them the last bits may differ, before and after a file not.
    const formats: readonly FormatChoice[] = ['dense', pattern.format];
    for (const format of formats) {
      const before = await logits(graph, format);
      const after = await logits(lace.path, format);
      const error = percent(errorOf(after, test.labels));
      check(
        identical(before, after),
        `${lace.path} run as ${format}: error ${error}, all ${test.count} outputs bit-identical to those before saving`,
      );
      if (format !== 'dense') continue;
      const read = await logits(onnx.path, format);
      const same = identical(before, read);
      const near = distance(before, read);
      // What ONNX spells as several ops is computed, and rounded, in several steps.
      const respelled = graph.nodes.some(({ op }) => op === 'gelu');
      check(
        same || (respelled && near <= TOLERANCE),
        `${onnx.path} run as ${format}: error ${percent(errorOf(read, test.labels))}, ` +
          (same || !respelled
            ? `${same ? 'bit-identical likewise' : 'want bit-identical outputs'}`
            : `differs by at most ${near.toExponential(1)} of the largest logit (allowed ${TOLERANCE}): gelu goes out in parts`),
      );
      const version = await peer.ask<string>({ load: onnx.path });
      const other = await logitsOf(theirs, test, item);
      const apart = distance(before, other);
      check(
        apart <= TOLERANCE,
        `${onnx.path} run by onnxruntime-web ${version}: error ${percent(errorOf(other, test.labels))}, ` +
          `differs by at most ${apart.toExponential(1)} of the largest logit (allowed ${TOLERANCE})`,
      );
    }
  }
  return passed;
}
