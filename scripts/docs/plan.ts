import '../../src/entries/index.inline.ts';
import { vit } from '../../src/models/vit.ts';
import { prune } from '../../src/prune/prune.ts';
import { InferenceSession } from '../../src/runtime/session.ts';
import { fenced } from './markdown.ts';

/** The plan of the small vision transformer with 80 % of its weights pruned by magnitude, for one image. */
export async function printedPlan(): Promise<string> {
  const { graph } = prune(vit({ seed: 1 }), { sparsity: 0.8 });
  const session = await InferenceSession.create(graph);
  try {
    return fenced(session.plan({ image: [1, 1, 28, 28] }));
  } finally {
    session.dispose();
  }
}
