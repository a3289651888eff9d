/** `lacewing/node`: files for Node, Deno and Bun. Nothing else in the package reads or writes any. */
export { type CheckpointFile, checkpointFile } from './checkpoint-file.ts';
export { readFileBytes, writeFileAtomic } from './files.ts';
