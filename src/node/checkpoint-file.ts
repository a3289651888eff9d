import { isMissing, readFileBytes, writeFileAtomic } from './files.ts';

export interface CheckpointFile {
  /** Replaces the checkpoint at once or not at all: what `fit` wants as `checkpoint.save`. */
  save(bytes: Uint8Array): Promise<void>;
  /** The last one saved, for `trainer.restore`; undefined when there is none yet. */
  load(): Promise<Uint8Array | undefined>;
}

/** A checkpoint that lives in a file: `fit(trainer, data, { checkpoint: { save, every: 500 }, … })`. */
export function checkpointFile(path: string): CheckpointFile {
  return {
    save: (bytes) => writeFileAtomic(path, bytes),
    async load() {
      try {
        return await readFileBytes(path);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
  };
}
